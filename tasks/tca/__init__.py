"""Transaction cost analysis: what trading cost, and the report that says so."""
