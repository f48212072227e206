"""Deliberate mistakes in the product, each caught by the test that a reader would look for."""
