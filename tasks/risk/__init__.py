"""The brakes: what stops a book by itself, and how a book is brought to zero."""
