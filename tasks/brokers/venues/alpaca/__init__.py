"""A server that speaks Alpaca's REST and `trade_updates` over the simulated exchange."""
