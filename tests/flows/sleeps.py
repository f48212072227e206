"""A run that does nothing, for an hour: what becomes of it is up to others."""

import time

from prefect import flow


@flow(persist_result=False)
def sleeps() -> None:
    time.sleep(3600)
