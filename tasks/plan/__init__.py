"""From targets to a plan: sizes, costs, cash, the limits held after rounding, and the pre-trade checks."""
