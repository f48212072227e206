"""The page that a run keeps of its session in the Prefect UI."""
