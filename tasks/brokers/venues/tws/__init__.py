"""A server that speaks the TWS socket protocol over the simulated exchange: the orders, the account, the market."""
