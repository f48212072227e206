"""Hazards of the client libraries of Interactive Brokers, over real sockets."""
