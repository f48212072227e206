"""Opens Interactive Brokers as a source: a connection of its own, so that it never holds what the orders need."""

import time

from tasks.brokers.ibkr.settings import IbkrSettings
from tasks.market_data.ibkr.asking import Connections, Pace
from tasks.market_data.ibkr.source import IbkrSource
from tasks.market_data.settings import IbkrDataSettings


def open_ibkr_source(settings: IbkrDataSettings, adjustment: str) -> IbkrSource:
    """Nothing is connected yet; `adjustment` is `split` or `split_and_dividend`."""
    line = IbkrSettings(
        host=settings.host,
        port=settings.port,
        client_id=settings.client_id,
        answer_seconds=settings.answer_seconds,
        primary_exchanges=settings.primary_exchanges,
    )
    return IbkrSource(Connections(line, Pace(settings.history_requests, time.monotonic)), adjustment)
