"""The market of the simulated broker: replayed from bars, or modelled."""
