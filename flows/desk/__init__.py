"""The desk of one home: Prefect's server and a worker, kept alive by a supervisor that holds the home's lock."""
