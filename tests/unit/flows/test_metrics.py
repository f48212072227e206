"""What Prometheus reads of a desk: what the journal says when it asks, and nothing for the rest of the network."""

import socket
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from flows.metrics import serve
from tasks.heartbeats import Giver, beat
from tasks.model.account import HaltState
from tasks.model.halts import Halt
from tasks.model.ledger_records import BreakRow
from tasks.model.orders import OrderState
from tests.unit.risk.risk_desk import NOON, SESSION, room


def read(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as reply:
        lines = reply.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_every_look_tells_orders_fills_breaks_halts_and_signs_of_life_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    at = room(tmp_path)
    port, _ = serve(0)
    at.sends("k1", OrderState.SENT, OrderState.ACCEPTED, OrderState.FILLED)
    at.sends("k2", OrderState.SENT, OrderState.REJECTED)
    at.fills("k1", 10, "100")
    first = read(port)
    of = 'book="demo",kind="rebalance"'
    assert first[f'steelyard_session_slices{{{of},state="filled"}}'] == 1
    assert first[f'steelyard_session_slices{{{of},state="rejected"}}'] == 1
    assert first[f"steelyard_session_fills{{{of}}}"] == 1
    assert first[f"steelyard_session_traded_usd{{{of}}}"] == 1000
    assert first[f'steelyard_session_status{{{of},status="running"}}'] == 1
    assert (first['steelyard_open_breaks{book="demo"}'], first['steelyard_halt_state{book="demo"}']) == (0, 0)
    assert 'steelyard_last_heartbeat_timestamp_seconds{of="operator"}' not in first

    row = BreakRow("b1", at.desk.cycle_id, "demo", "AAPL", "position", "10", "9", None, "ours 10, theirs 9", NOON)
    at.desk.journal.books.record_breaks([row])
    at.desk.journal.halts.record(Halt("demo", HaltState.HALTED, "Ada Byron", "prices look wrong", {}, NOON))
    beat(tmp_path, Giver.OPERATOR, "Ada Byron", NOON + timedelta(seconds=1))
    then = read(port)
    assert (then['steelyard_open_breaks{book="demo"}'], then['steelyard_halt_state{book="demo"}']) == (1, 2)
    assert then['steelyard_last_heartbeat_timestamp_seconds{of="operator"}'] == NOON.timestamp() + 1
    assert then[f"steelyard_session_timestamp_seconds{{{of}}}"] < NOON.timestamp()
    assert at.desk.session == SESSION


def test_nobody_else_on_the_network_is_answered() -> None:
    port, _ = serve(0)
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)}
    for address in addresses - {"127.0.0.1", "127.0.1.1"}:
        with pytest.raises(OSError, match="refused"), socket.create_connection((str(address), port), timeout=5):
            pass
