"""Past decisions held against what the source of their prices says today."""
