"""Interactive Brokers as a source of prices: daily bars and minutes of a session, through TWS or IB Gateway."""
