"""Orders and executions of any desk, measured as our own sessions are: read, checked, matched, reported."""
