"""One book at several brokers, behind the one door that every broker has."""
