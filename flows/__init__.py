"""The story: what happens, in what order, and where it may stop."""
