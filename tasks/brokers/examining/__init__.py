"""Is a broker in order, and does it do what its table says: what `doctor` and `validate` find out."""
