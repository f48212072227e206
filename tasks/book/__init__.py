"""The book file as one frozen model, and its sections, where every room can see them."""
