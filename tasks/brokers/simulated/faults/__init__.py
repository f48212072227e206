"""Fault injection: what goes wrong at the simulated broker, by plan and by seed."""
