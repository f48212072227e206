"""The steps of a liquidation that a rebalance does not have: clear the way, take stock, plan, hold the book down."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.checkpoints import Done, facts_of, once, worth_retrying
from tasks.context import Desk
from tasks.errors import ConfigError, HaltedError
from tasks.holdings.step import book_actions, take_over
from tasks.journal.book_ledger import ledger_of
from tasks.journal.halts import option_of
from tasks.liquidation.plan import LiquidationInputs, liquidation_plan
from tasks.liquidation.window import window_from
from tasks.model.account import HaltState
from tasks.model.halts import BREAKER, Halt
from tasks.model.ledger import worth
from tasks.model.plan import Plan
from tasks.model.plan_json import plan_hash, plan_to_json
from tasks.model.plan_records import PlanRecord
from tasks.orders.all_brokers import everyones_account
from tasks.orders.collect import collect, in_doubt, settle_working
from tasks.orders.order_kinds import closing_step
from tasks.orders.unknown_orders import resolve
from tasks.plan.costs import cost_forecast
from tasks.plan.plan_list import plan_list
from tasks.plan.plan_words import plan_artifact
from tasks.reconciliation.record import locked_symbols, record_comparison
from tasks.reconciliation.written_off import note_written_off, prices_named, written_off
from tasks.wording import counted, dollars

ZERO = Decimal(0)


def must_not_be_halted(desk: Desk) -> None:
    """Raises: HaltedError while nothing at all may be sent, with the way to what a liquidation needs."""
    stands = desk.journal.halts.standing(desk.book.book)
    if stands is None or stands.state is not HaltState.HALTED:
        return
    raise HaltedError(
        f"halted by {stands.who}: {stands.why}. A liquidation needs `reducing`, in which only orders nearer to zero "
        f'are sent: steelyard halt {option_of(stands.scope)} --reducing --who "..." --why "..."'
    )


def clear_the_way(desk: Desk) -> None:
    """Cancel what other cycles of the book still have at the broker, and collect what it filled."""
    for other in _others(desk):
        settle_working(other)
        resolve(other)
        collect(other)


@task(
    name="take stock",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=2,
    retry_delay_seconds=[1, 5],
    retry_condition_fn=worth_retrying,
)
def take_stock(desk: Desk) -> dict[str, Any]:
    """What the broker says is held, at the broker's own prices; recorded as the step `holdings`."""
    return once(desk, "holdings", _take_stock)


@task(name="liquidation plan", cache_policy=NO_CACHE, persist_result=False)
def plan_liquidation(desk: Desk, symbols: Collection[str], who: str, because: str) -> dict[str, Any]:
    """Every position to zero; recorded as the step `orders`. Raises: ConfigError for a symbol that is not held."""
    return once(desk, "orders", lambda d: _plan(d, symbols, who, because))


def decided_anew_if_moved(desk: Desk, symbols: Collection[str]) -> Desk:
    """A plan nobody works yet is thrown away when positions, or the symbols asked for, are no longer what it says."""
    made = desk.journal.cycles.checkpoint(desk.cycle, "orders")
    if made is None or desk.journal.orders.orders(desk.cycle_id):
        return desk
    held = {s: str(n) for s, n in desk.broker.account_state().positions.items()}
    if facts_of(desk, "holdings")["positions"] == held and made.output["facts"]["symbols"] == sorted(symbols):
        return desk
    return replace(desk, cycle=desk.journal.cycles.begin_attempt(desk.cycle, desk.clock()))


def hold_down(desk: Desk, who: str, because: str) -> None:
    """What is sold must not be bought back by the next rebalance: the book is reducing until a person resumes it.

    Signed like a breaker, so that it can only tighten what a person may be saying in the same moment.
    """
    if desk.journal.halts.state(desk.book.book) is not HaltState.NORMAL:
        return
    why = f"{who} liquidates: {because}. Nothing is bought back until somebody resumes the book"
    figures = {"cycle_id": desk.cycle_id, "session": desk.session.isoformat()}
    desk.journal.halts.record(
        Halt(desk.book.book, HaltState.REDUCING, f"{BREAKER}liquidation", why, figures, desk.clock())
    )


def _others(desk: Desk) -> list[Desk]:
    known = desk.journal.cycles.all(desk.book.book)
    return [replace(desk, cycle=c) for c in known if c.status != "done" and c.cycle_id != desk.cycle_id]


def _take_stock(desk: Desk) -> Done:
    desk.broker.open_session(desk.session)
    window = window_from(desk.broker.now(), desk.broker.session_hours(desk.session), desk.book.execution)
    account = everyones_account(desk.broker, ledger_of(desk.journal, desk.book.book, desk.account).shares())
    words = written_off(desk, account.positions)
    prices = _prices(desk, account.positions.keys() - words.keys()) | prices_named(words)
    take_over(desk, account, prices)
    book_actions(desk)
    account = record_comparison(desk, account, prices).account
    gone = note_written_off(desk, words, account.positions)
    value = worth(ledger_of(desk.journal, desk.book.book, desk.account), prices)
    facts = {
        "nav_usd": str(value.nav_usd),
        "cash_usd": str(account.cash),
        "cash_flow_usd": "0",
        "positions": {s: str(n) for s, n in account.positions.items()},
        "prices": {s: str(p) for s, p in prices.items()},
        "locked": locked_symbols(desk),
        "written_off": gone,
        "window": asdict(window),
    }
    sentence = (
        f"{counted(len(account.positions), 'position')}, net asset value {dollars(value.nav_usd)}, cash "
        f"{dollars(account.cash)}"
    )
    return Done(sentence, facts)


def _prices(desk: Desk, positions: Collection[str]) -> dict[str, Decimal]:
    """The broker's last prices, and those of the last valuation where it has none."""
    valued = desk.journal.books.valuations(desk.book.book)
    older = {s: p for s, p in (valued[-1][3] if valued else {}).items() if s in positions}
    return older | {symbol: quote.last for symbol, quote in desk.broker.quotes(sorted(positions)).items()}


def _plan(desk: Desk, symbols: Collection[str], who: str, because: str) -> Done:
    held = facts_of(desk, "holdings")
    positions = {s: Decimal(n) for s, n in held["positions"].items()}
    strangers = sorted(set(symbols) - set(positions))
    if strangers:
        raise ConfigError(
            f"not held: {', '.join(strangers)}; {desk.book.book} holds {', '.join(sorted(positions)) or 'nothing'}"
        )
    doubts = [in_doubt(other) for other in (desk, *_others(desk))]
    quotes = desk.broker.quotes(sorted(positions))
    plan = liquidation_plan(
        LiquidationInputs(
            book=desk.book.book,
            account=desk.account,
            session=desk.session,
            revision=desk.revision,
            decided_at=desk.broker.now(),
            cash_usd=Decimal(held["cash_usd"]),
            positions=positions,
            prices={symbol: quote.mid for symbol, quote in quotes.items()},
            symbols=symbols,
            in_doubt={symbol: why for doubt in doubts for symbol, why in doubt.items()},
            locked=held["locked"],
            written_off=held.get("written_off", {}),
            who=who,
            because=because,
            share_step=closing_step(desk.broker.capabilities),
            children=desk.book.execution.waves,
            estimate=cost_forecast(desk.book.orders, desk.book.costs),
        )
    )
    named = plan_hash(plan)
    body = json.loads(plan_to_json(plan))
    desk.journal.cycles.record_findings(desk.cycle, "orders", plan.findings)
    desk.journal.decisions.record_plan(PlanRecord(named, desk.cycle_id, plan.revision, body, desk.clock()))
    return _told(plan, named, symbols)


def _told(plan: Plan, named: str, symbols: Collection[str]) -> Done:
    worth_usd = sum((line.notional_usd for line in plan.trades), ZERO)
    left = [line for line in plan.lines if line.side is None]
    sentence = (
        f"{counted(len(plan.trades), 'position')} worth {dollars(worth_usd, 0)} to zero, "
        f"{counted(len(left), 'stays', 'stay')}; plan {named[:12]}"
    )
    rows = [
        {
            "symbol": line.symbol,
            "side": line.side or "-",
            "shares": line.shares,
            "price": line.decision_price,
            "reason": line.reason,
            "why": line.sentence,
        }
        for line in plan.lines
    ]
    facts = {"plan_hash": named, "trades": len(plan.trades), "symbols": sorted(symbols), "lines": _plain(rows)}
    return Done(sentence, facts, plan_artifact(plan_list(plan)))


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in row.items()} for row in rows]
