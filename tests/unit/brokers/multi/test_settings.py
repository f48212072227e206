"""What a book says of several brokers: every mistake is refused with what to do about it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.book.broker import BrokerSettings
from tasks.brokers.factory import open_broker
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.factory import router_of
from tasks.brokers.multi.router import PartsRouter
from tasks.errors import ConfigError
from tasks.model.commission import NO_COMMISSION
from tasks.ports.router import DIRECT
from tests.unit.brokers.simulated.simulated_world import flat_week, hours

PARTS = {tag: {"name": "simulated", "account": f"acct-{tag}"} for tag in "ab"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"parts": {}}, "has no `parts`.*; write e.g. parts: "),
        ({"parts": {"A": PARTS["a"]}}, "one small letter"),
        ({"parts": {"ab": PARTS["a"]}}, "one small letter"),
        ({"parts": {"a": PARTS["a"], "b": PARTS["a"]}}, "named twice"),
        ({"parts": {"a": {"name": "several"}}}, "Input should be"),
        ({"routes": [{"to": {"z": 100}}]}, "number 1 leads to z; write one of a, b there"),
        ({"routes": [{"to": {"a": 90}}]}, "write shares of at least 0 that make 100"),
        ({"routes": [{"to": {"a": 110, "b": -10}}]}, "at least 0"),
        ({"routes": [{"to": {}}]}, "no shares add up to 0 %; write shares"),
        ({"name": "simulated"}, "belong to `name: several`"),
    ],
)
def test_a_mistake_is_refused_with_its_remedy(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BrokerSettings.model_validate({"name": "several", "parts": PARTS, **wrong})


def test_the_factory_opens_each_part_and_the_whole_has_a_router(tmp_path: Path) -> None:
    settings = BrokerSettings.model_validate({"name": "several", "account": "book", "parts": PARTS})
    broker = open_broker(settings, tmp_path, flat_week("AAA"), hours)

    assert isinstance(broker, SeveralBrokers)
    assert [part.account for part in broker.parts.values()] == ["acct-a", "acct-b"]
    assert isinstance(router_of(broker, NO_COMMISSION, fractional=True), PartsRouter)
    assert router_of(broker.parts["a"].broker, NO_COMMISSION, fractional=True) is DIRECT
    broker.connect()
    assert broker.account_state().cash == Decimal(2_000_000)


def test_real_money_is_refused_for_a_simulated_part(tmp_path: Path) -> None:
    settings = BrokerSettings.model_validate({"name": "several", "live": True, "parts": PARTS})
    with pytest.raises(ConfigError, match="no real money"):
        open_broker(settings, tmp_path, flat_week("AAA"), hours)
