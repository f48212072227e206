"""What the book should hold."""
