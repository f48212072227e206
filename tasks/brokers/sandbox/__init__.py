"""Servers on this machine that speak a broker's own protocol over a simulated exchange."""
