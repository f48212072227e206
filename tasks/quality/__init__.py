"""Whether data can carry a decision: rules, suites, Data Docs."""
