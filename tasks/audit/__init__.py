"""The proof outside the database: anchors of the audit chain, and the way from any number to the data behind it."""
