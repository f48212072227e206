"""Brings a book to cash."""
