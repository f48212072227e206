"""Values and rules that every room speaks: immutable, and without a database, a broker or an orchestrator."""
