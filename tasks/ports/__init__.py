"""What the program asks of the world, as protocols: a broker, prices, a router."""
