"""The plan: every trade and non-trade with its reason, through the gate."""
