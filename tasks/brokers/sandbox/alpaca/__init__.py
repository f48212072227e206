"""Alpaca's HTTP and streams over a simulated exchange."""
