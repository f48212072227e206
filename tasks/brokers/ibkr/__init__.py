"""Interactive Brokers through TWS or IB Gateway, over ib_insync or its successor ib_async."""
