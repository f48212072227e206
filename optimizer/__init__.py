"""The brain: what to hold and how to slice it; pure functions of arrays, with no clock, client, flow or database."""
