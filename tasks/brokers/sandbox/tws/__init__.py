"""The socket of TWS over a simulated exchange."""
