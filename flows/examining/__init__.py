"""Which broker and account `doctor` and `validate` look at, and how it is opened for that."""
