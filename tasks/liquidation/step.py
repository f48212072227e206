"""The steps of a liquidation that a rebalance does not have: clear the way, take stock, plan, hold the book down."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.approval.cost_model import costs_in_use
from tasks.checkpoints import StepResult, facts_of, run_once, worth_retrying
from tasks.context import StepContext
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
from tasks.model.typed_commands import lists_plan
from tasks.orders.all_brokers import everyones_account
from tasks.orders.collect import cancel_working, collect, in_doubt
from tasks.orders.order_kinds import closing_step
from tasks.orders.unknown_orders import resolve
from tasks.plan.costs import cost_forecast
from tasks.plan.plan_list import plan_list
from tasks.plan.plan_words import plan_artifact
from tasks.reconciliation.record import locked_symbols, record_comparison
from tasks.reconciliation.written_off import note_written_off, prices_named, written_off
from tasks.retry import STOCKTAKING_STEP_S
from tasks.wording import counted, dollars, short_hash

ZERO = Decimal(0)


def must_not_be_halted(context: StepContext) -> None:
    """Raises: HaltedError while nothing at all may be sent, with the way to what a liquidation needs."""
    stands = context.journal.halts.standing(context.book.book)
    if stands is None or stands.state is not HaltState.HALTED:
        return
    raise HaltedError(
        f"halted by {stands.who}: {stands.why}. A liquidation needs `reducing`, in which only orders nearer to zero "
        f'are sent: steelyard halt {option_of(stands.scope)} --reducing --who "..." --why "..."'
    )


def cancel_other_cycles(context: StepContext) -> None:
    """Cancel what other cycles of the book still have at the broker, and collect what it filled."""
    for other in _others(context):
        cancel_working(other)
        resolve(other)
        collect(other)


@task(
    name="take stock",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(STOCKTAKING_STEP_S),
    retry_delay_seconds=list(STOCKTAKING_STEP_S),
    retry_condition_fn=worth_retrying,
)
def read_positions(context: StepContext) -> dict[str, Any]:
    """What the broker says is held, at the broker's own prices; recorded as the step `holdings`."""
    return run_once(context, "holdings", _take_stock)


@task(name="liquidation plan", cache_policy=NO_CACHE, persist_result=False)
def plan_liquidation(context: StepContext, symbols: Collection[str], who: str, because: str) -> dict[str, Any]:
    """Every position to zero; recorded as the step `orders`. Raises: ConfigError for a symbol that is not held."""
    return run_once(context, "orders", lambda d: _plan(d, symbols, who, because))


def decided_anew_if_moved(context: StepContext, symbols: Collection[str]) -> StepContext:
    """A plan nobody works yet is thrown away when positions, or the symbols asked for, are no longer what it says."""
    made = context.journal.cycles.checkpoint(context.cycle, "orders")
    if made is None or context.journal.orders.orders(context.cycle_id):
        return context
    held = {s: str(n) for s, n in context.broker.account_state().positions.items()}
    if facts_of(context, "holdings")["positions"] == held and made.output["facts"]["symbols"] == sorted(symbols):
        return context
    return replace(context, cycle=context.journal.cycles.begin_attempt(context.cycle, context.clock()))


def set_reducing(context: StepContext, who: str, because: str) -> None:
    """What is sold must not be bought back by the next rebalance: the book is reducing until a person resumes it.

    Signed like a breaker, so that it can only tighten what a person may be saying in the same moment.
    """
    if context.journal.halts.state(context.book.book) is not HaltState.NORMAL:
        return
    why = f"{who} liquidates: {because}. Nothing is bought back until somebody resumes the book"
    figures = {"cycle_id": context.cycle_id, "session": context.session.isoformat()}
    context.journal.halts.record(
        Halt(context.book.book, HaltState.REDUCING, f"{BREAKER}liquidation", why, figures, context.clock())
    )


def _others(context: StepContext) -> list[StepContext]:
    known = context.journal.cycles.all(context.book.book)
    return [replace(context, cycle=c) for c in known if c.status != "done" and c.cycle_id != context.cycle_id]


def _take_stock(context: StepContext) -> StepResult:
    context.broker.open_session(context.session)
    window = window_from(context.broker.now(), context.broker.session_hours(context.session), context.book.execution)
    account = everyones_account(context.broker, ledger_of(context.journal, context.book.book, context.account).shares())
    words = written_off(context, account.positions)
    prices = _prices(context, account.positions.keys() - words.keys()) | prices_named(words)
    take_over(context, account, prices)
    book_actions(context)
    account = record_comparison(context, account, prices).account
    gone = note_written_off(context, words, account.positions)
    value = worth(ledger_of(context.journal, context.book.book, context.account), prices)
    facts = {
        "nav_usd": str(value.nav_usd),
        "cash_usd": str(account.cash),
        "cash_flow_usd": "0",
        "positions": {s: str(n) for s, n in account.positions.items()},
        "prices": {s: str(p) for s, p in prices.items()},
        "locked": locked_symbols(context),
        "written_off": gone,
        "window": asdict(window),
    }
    sentence = (
        f"{counted(len(account.positions), 'position')}, net asset value {dollars(value.nav_usd)}, cash "
        f"{dollars(account.cash)}"
    )
    return StepResult(sentence, facts)


def _prices(context: StepContext, positions: Collection[str]) -> dict[str, Decimal]:
    """The broker's last prices, and those of the last valuation where it has none."""
    valued = context.journal.books.valuations(context.book.book)
    older = {s: p for s, p in (valued[-1][3] if valued else {}).items() if s in positions}
    return older | {symbol: quote.last for symbol, quote in context.broker.quotes(sorted(positions)).items()}


def _plan(context: StepContext, symbols: Collection[str], who: str, because: str) -> StepResult:
    held = facts_of(context, "holdings")
    positions = {s: Decimal(n) for s, n in held["positions"].items()}
    strangers = sorted(set(symbols) - set(positions))
    if strangers:
        raise ConfigError(
            f"not held: {', '.join(strangers)}; {context.book.book} holds {', '.join(sorted(positions)) or 'nothing'}"
        )
    doubts = [in_doubt(other) for other in (context, *_others(context))]
    quotes, costs = context.broker.quotes(sorted(positions)), costs_in_use(context)
    plan = liquidation_plan(
        LiquidationInputs(
            book=context.book.book,
            account=context.account,
            session=context.session,
            revision=context.revision,
            decided_at=context.broker.now(),
            cash_usd=Decimal(held["cash_usd"]),
            positions=positions,
            prices={symbol: quote.mid for symbol, quote in quotes.items()},
            symbols=symbols,
            in_doubt={symbol: why for doubt in doubts for symbol, why in doubt.items()},
            locked=held["locked"],
            written_off=held.get("written_off", {}),
            who=who,
            because=because,
            share_step=closing_step(context.broker.capabilities),
            children=context.book.execution.waves,
            estimate=cost_forecast(context.book.orders, costs.settings, costs.name),
            cost_model=costs.used,
        )
    )
    named = plan_hash(plan)
    body = json.loads(plan_to_json(plan))
    context.journal.cycles.record_findings(context.cycle, "orders", plan.findings)
    context.journal.decisions.record_plan(PlanRecord(named, context.cycle_id, plan.revision, body, context.clock()))
    return _summary_of(context, plan, named, symbols)


def _summary_of(context: StepContext, plan: Plan, named: str, symbols: Collection[str]) -> StepResult:
    worth_usd = sum((line.notional_usd for line in plan.trades), ZERO)
    left = [line for line in plan.lines if line.side is None]
    sentence = (
        f"{counted(len(plan.trades), 'position')} worth {dollars(worth_usd, 0)} to zero, "
        f"{counted(len(left), 'stays', 'stay')}; plan {short_hash(named)}"
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
    return StepResult(sentence, facts, plan_artifact(plan_list(plan), lists_plan(context.cycle)))


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in row.items()} for row in rows]
