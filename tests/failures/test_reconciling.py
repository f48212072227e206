"""What the broker says against what we have: one answer is never believed, and a difference stops its symbol alone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tasks.brokers.account_snapshot import steady_account
from tasks.errors import OrderRefusedError
from tasks.holdings.step import open_book
from tasks.journal.book_ledger import ledger_of
from tasks.model.account import AccountState
from tasks.model.orders import BrokerOrder, Execution, OrderRequest, Side
from tasks.orders.collect import slices_of
from tests.failures.session import buy, sell, session, some
from tests.simulation.life import work
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, flat_week, opened
from tests.unit.brokers.simulated.simulated_world import buy as to_buy
from tests.unit.brokers.simulated.simulated_world import sell as to_sell
from tests.unit.reconciliation.reconciliation_world import PRICES, in_turn, world

D = Decimal


def test_a_position_that_the_broker_liquidated_is_noticed_before_the_next_order_and_stops_its_symbol(
    tmp_path: Path,
) -> None:
    """An engine traded on 314 shares that were 83 for hours (Lean.Brokerages.InteractiveBrokers 156)."""
    shares = some("BBB")
    s = session(
        tmp_path,
        buy("AAA", some("AAA")),
        sell("BBB", shares, held=3 * shares),
        faults=({"kind": "liquidation", "call": "quotes", "nth": 3, "symbol": "BBB", "fraction": "0.7"},),
    )
    s.run()
    (forced,) = [order for order in s.orders_there() if order["key"].startswith("LIQUIDATION")]
    after = [call for call in s.asked("submit", "-BBB-") if call.at.isoformat() > forced["accepted_at"]]
    assert after == [], "not one order more in the symbol"
    assert len(s.asked("submit", "-AAA-")) == 4, "the others go on"
    assert {row["cause"] for row in s.breaks() if row["symbol"] == "BBB"} == {"broker_liquidation"}


def test_an_order_that_was_refused_and_filled_all_the_same_is_counted_and_not_sent_again(tmp_path: Path) -> None:
    """A rejected order left a position that nobody had (Lean.Brokerages.InteractiveBrokers 136)."""
    s = session(tmp_path, buy("AAA", some("AAA")))
    with s.begun() as desk:
        lying = _SaysNo(desk.broker)
        work(replace(desk, broker=lying))
    assert len(lying.refused) == 1
    assert s.states_of(lying.refused[0])[-2:] == ["rejected", "filled"]
    assert s.done_there("AAA") == s.position_there("AAA") == some("AAA")
    assert s.wrongs() == []


class _SaysNo:
    """Takes the first order, and answers that it was refused."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.refused = inner, list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def submit(self, request: OrderRequest) -> BrokerOrder:
        order = self._inner.submit(request)
        if not self.refused:
            self.refused.append(request.key)
            raise OrderRefusedError("try to reconcile state")
        return order


def test_holdings_are_taken_over_once_and_only_from_answers_that_agree(tmp_path: Path) -> None:
    """A deployment counted every holding twice, 12 and 36 for 6 and 18 (Lean.Brokerages.InteractiveBrokers 186)."""
    w = world(tmp_path, opening_shares={"AAA": D(6), "BBB": D(18)})
    w.broker.account = in_turn(_twice, lambda answer: answer)
    account = steady_account(w.broker)  # type: ignore[arg-type]
    open_book(w.desk, account, PRICES)
    open_book(w.desk, account, PRICES)
    assert account.positions == {"AAA": 6, "BBB": 18}
    assert ledger_of(w.journal, "demo", "main").shares() == {"AAA": 6, "BBB": 18}


def _twice(answer: AccountState) -> AccountState:
    return replace(answer, positions={s: 2 * n for s, n in answer.positions.items()})


def test_cash_is_asked_for_before_every_buy_and_not_once_a_day(tmp_path: Path) -> None:
    """Cash was synchronised at 07:45 and orders were sized on what had been there (QuantConnect/Lean 5970)."""
    s = session(tmp_path, buy("AAA", some("AAA")), child_order="limit")
    left = D(20_000)

    def emptied(answer: AccountState) -> AccountState:
        second = len(s.asked("submit")) >= 1
        return replace(answer, cash=left) if second else answer

    with s.begun() as desk:
        work(replace(desk, broker=_Bent(desk.broker, account_state=emptied)))  # type: ignore[arg-type]
    sent = [call.words[0] for call in s.asked("submit")]
    assert len(sent) > 1
    assert all(request.shares * (request.limit_price or D(0)) <= left for request in sent[1:])
    assert any(row["symbol"] is None for row in s.breaks()), "and the difference is a break"


class _Bent:
    """A broker, some answers of which are bent on the way."""

    def __init__(self, inner: Any, **bends: Callable[[Any], Any]) -> None:
        self._inner, self._bends = inner, bends

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        bend = self._bends.get(name)
        return found if bend is None else lambda *words, **more: bend(found(*words, **more))


def test_every_fill_carries_the_brokers_execution_id_and_counts_by_nothing_else(tmp_path: Path) -> None:
    """Order events had no execution id, so equal fills could not be told apart (QuantConnect/Lean 9133)."""
    s = session(
        tmp_path,
        buy("AAA", some("AAA")),
        faults=(
            {"kind": "duplicated_executions", "times": None},
            {"kind": "shuffled_executions", "times": None},
        ),
    )
    assert s.run() == "done"
    assert set(s.fills()) == set(s.executions_there())
    w = world(tmp_path)
    w.filled("k1", Side.BUY, 10)
    told = w.broker.inner.executions(TUESDAY)
    w.broker.listed = lambda _: (*told, replace(told[0], execution_id="another"), told[0])
    assert w.collect() == len(told) + 1, "the same figures under another id are another fill; the same id is not"


def test_a_comparison_that_never_agrees_ends_in_a_break_and_not_in_a_loop(tmp_path: Path) -> None:
    """A reconciliation went on for ever because the venue said flat (nautechsystems/nautilus_trader 3622)."""
    w = world(tmp_path)
    w.broker.account = lambda answer: replace(answer, positions={})
    w.compare()
    asked = w.broker.asked.count("account_state")
    assert asked <= 12
    assert w.open_breaks()["shares"].symbol == "AAA"
    assert w.locked() == {"AAA"}
    w.broker.asked.clear()
    w.compare()
    assert w.broker.asked.count("account_state") == 1, "what is on record already is not waited for again"


def test_an_execution_that_cannot_be_matched_makes_a_break_and_never_an_order(tmp_path: Path) -> None:
    """An execution without its client id was answered with a second order (nautechsystems/nautilus_trader 4970)."""
    w = world(tmp_path)
    w.filled("k1", Side.BUY, 10)
    w.broker.listed = lambda rows: tuple(replace(row, key="") for row in rows)
    before = slices_of(w.desk)
    assert w.collect() == 0
    w.compare()
    assert [piece.request.key for piece in slices_of(w.desk)] == [piece.request.key for piece in before]
    assert len(w.broker.inner.truth().orders) == 1
    assert w.locked() == {"AAA"}
    w.broker.listed = lambda rows: rows
    assert w.agrees(), "when the broker names the key again, the fill is taken and the break closes"


def test_a_correction_is_matched_by_the_execution_that_it_corrects_when_it_names_no_key(tmp_path: Path) -> None:
    """The same failure, one step down the ladder: by key, by the execution it corrects, and then a person."""
    w = world(tmp_path)
    w.filled("k1", Side.BUY, 10)
    w.collect()
    assert w.incidents.correct(lambda _symbol, _key: True, D("0.5"), D(0))
    w.broker.listed = lambda rows: tuple(replace(r, key="") if r.supersedes else r for r in rows)
    w.compare()
    assert ledger_of(w.journal, "demo", "main").shares() == {"AAA": 105}


def test_every_purchase_stays_on_record_by_itself_and_no_sale_merges_them(tmp_path: Path) -> None:
    """Lots could not be chosen because purchases had been merged (wealthfolio 1619, 819, 771).

    There are no tax lots here yet. What they need is kept: every purchase with its own id, time, shares and price.
    """
    w = world(tmp_path)
    for number, (side, shares) in enumerate([(Side.BUY, 10), (Side.BUY, 20), (Side.SELL, 15)], start=1):
        w.filled(f"k{number}", side, shares)
    w.collect()
    there = [e for e in w.broker.inner.executions(TUESDAY) if e.side is Side.BUY]
    kept = [e for e in w.journal.orders.all_fills("main", "demo") if e.side is Side.BUY]
    assert kept == sorted(there, key=lambda e: (e.at, e.execution_id))
    assert _shares_by_key(kept) == {"k1": 10, "k2": 20}
    assert ledger_of(w.journal, "demo", "main").shares() == {"AAA": 115}


def _shares_by_key(fills: list[Execution]) -> Mapping[str, Decimal]:
    done: dict[str, Decimal] = {}
    for fill in fills:
        done[fill.key] = done.get(fill.key, D(0)) + fill.shares
    return done


def test_selling_a_fractional_position_leaves_no_dust_on_either_side(tmp_path: Path) -> None:
    """A ninth decimal was cut off and 0.000000005 shares stayed for ever (bennycode/trading-signals 1060)."""
    odd = D("1.234567895")
    there = opened(tmp_path, flat_week("AAA"), fractional=True, opening_shares={"AAA": odd})
    there.wait_until(after_open(10))
    there.submit(to_sell("k1", "0.000000005"))
    there.submit(to_sell("k2", str(odd - D("0.000000005"))))
    there.submit(to_buy("k3", "0.333333333"))
    there.wait_until(after_open(20))
    w = world(tmp_path / "again", fractional=True, opening_shares={"AAA": odd})
    w.order("k1", Side.SELL, D("0.000000005"))  # type: ignore[arg-type]
    w.order("k2", Side.SELL, odd - D("0.000000005"))  # type: ignore[arg-type]
    w.minutes_pass()
    w.collect()
    assert ledger_of(w.journal, "demo", "main").shares() == {}
    assert w.agrees()
    assert there.account_state().positions == {"AAA": D("0.333333333")}
