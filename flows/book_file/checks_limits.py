"""Whether the figures of a book leave room for a portfolio, and whether its gate would let the plan through."""

from collections import Counter
from collections.abc import Iterator
from math import floor

from flows.book_file.errors import Mistake, figure, judged
from flows.book_file.referenced_files import Companions
from tasks.book.model import Book
from tasks.brokers.registry import is_simulated
from tasks.model.cash_reserve import reserve_fraction

_ROUNDING = 1e-9
"""Percent: sums of given weights are binary."""
_CASH_ROW = 0.5
"""Percent: a row of cash beside rounded weights need not fill the book to the last hundredth."""
_NEARLY_ALL = 1.0
"""Percent: weights that leave less than this were meant to fill the book."""
_RESERVE = ("limits", "cash_reserve_pct")
_RESERVE_USD = ("limits", "cash_reserve_usd")
_NET = ("limits", "min_net_pct")
_WEIGHT = ("limits", "max_weight_pct")


def given_weights_fit_the_limits(book: Book, companions: Companions) -> Iterator[Mistake]:
    limits, weights = book.limits, companions.weights
    path = ("objective", "weights_pct" if book.objective.weights_file is None else "weights_file")
    if not weights:
        return
    net, gross = sum(weights.values()), sum(abs(weight) for weight in weights.values())
    room = min(100 - _reserve_pct(book), limits.max_net_pct)
    if net > room + _ROUNDING:
        problem = f"the weights add up to {_pct(net)}, and with the cash reserve there is room for {_pct(room)}"
        scaled = f"scale them to {_pct(room)} (each times {figure(_rounded_down(room / net))})"
        remedy = f"{scaled}, or lower them or {_reserve_setting(book)}" if net <= 100 + _ROUNDING else scaled
        yield judged(path, None, problem, remedy, _RESERVE, _RESERVE_USD, ("limits", "max_net_pct"))
    if companions.cash_pct is not None and gross > 3 and abs(net + companions.cash_pct - 100) > _CASH_ROW:
        problem = f"with {_pct(companions.cash_pct)} of cash the weights add up to {_pct(net + companions.cash_pct)}"
        remedy = "make them 100 %, or leave the row of cash out: what the weights leave is cash"
        yield judged(path, None, problem, remedy)
    is_said = gross == net > room + _ROUNDING
    if gross > limits.max_gross_pct + _ROUNDING and not is_said:
        problem = (
            f"the weights add up to {_pct(gross)} without their signs, max_gross_pct is {_pct(limits.max_gross_pct)}"
        )
        yield judged(path, None, problem, "lower them or raise limits.max_gross_pct", ("limits", "max_gross_pct"))
    for symbol, weight in weights.items():
        if weight < 0 and limits.long_only:
            here = path if book.objective.weights_file else (*path, symbol)
            remedy = "set limits.long_only: false, or give no negative weight"
            yield judged(
                here, weight, f"{symbol} would be sold short in a long-only book", remedy, ("limits", "long_only")
            )


def _rounded_down(factor: float) -> float:
    """What is scaled by the factor as it is printed fits."""
    return floor(factor * 10_000) / 10_000


def the_invested_part_has_room(book: Book, companions: Companions) -> Iterator[Mistake]:
    """What must be invested is no more than what may be."""
    limits, tradable = book.limits, len(companions.sectors.keys() - set(book.limits.must_exit))
    least, others = limits.min_net_pct, (_RESERVE, _RESERVE_USD, _WEIGHT, ("limits", "max_gross_pct"), ("universe",))
    room = 100 - _reserve_pct(book)
    if least > room + _ROUNDING:
        problem = f"the cash reserve of {_pct(_reserve_pct(book))} leaves {_pct(room)}"
        yield judged(_NET, least, problem, f"lower it or {_reserve_setting(book)}", *others)
    elif least > limits.max_gross_pct:
        problem = f"max_gross_pct is {_pct(limits.max_gross_pct)}"
        yield judged(_NET, least, problem, "lower it, or raise max_gross_pct", *others)
    elif companions.sectors and limits.max_weight_pct * tradable < least - _ROUNDING:
        most = limits.max_weight_pct * tradable
        problem = f"{tradable} symbols hold at most {_pct(most)}, and min_net_pct is {_pct(least)}"
        yield judged(_WEIGHT, limits.max_weight_pct, problem, "raise it, or lower min_net_pct", _NET, *others)
    if companions.sectors and limits.min_weight_pct * tradable > room + _ROUNDING:
        problem = (
            f"{tradable} symbols of at least that need {_pct(limits.min_weight_pct * tradable)}, there is {_pct(room)}"
        )
        yield judged(("limits", "min_weight_pct"), limits.min_weight_pct, problem, "lower it", *others)


def sector_bounds_have_room(book: Book, companions: Companions) -> Iterator[Mistake]:
    limits, others = book.limits, (_RESERVE, _RESERVE_USD, _NET, _WEIGHT, ("universe",))
    members = Counter(sector for sector in companions.sectors.values() if sector)
    for name, bound in limits.sectors.items():
        most = members[name] * limits.max_weight_pct
        if members[name] and bound.min_pct > most + _ROUNDING:
            problem = f"its {members[name]} symbols hold at most {_pct(most)}"
            path = ("limits", "sectors", name, "min_pct")
            yield judged(path, bound.min_pct, problem, "lower it, or raise limits.max_weight_pct", *others)
    room = 100 - _reserve_pct(book)
    least = sum(max(bound.min_pct, 0.0) for bound in limits.sectors.values())
    if limits.long_only and least > room + _ROUNDING:
        problem = f"the sectors' min_pct add up to {_pct(least)}, and with the cash reserve there is {_pct(room)}"
        yield judged(("limits", "sectors"), None, problem, "lower them", *others)
    everything = companions.sectors and all(sector in limits.sectors for sector in companions.sectors.values())
    most = sum(bound.max_pct for bound in limits.sectors.values())
    if everything and most < limits.min_net_pct - _ROUNDING:
        problem = f"the sectors' max_pct add up to {_pct(most)}, and min_net_pct is {_pct(limits.min_net_pct)}"
        yield judged(("limits", "sectors"), None, problem, "raise them, or lower min_net_pct", *others)


def cash_alone_is_not_the_answer(book: Book, _: Companions) -> Iterator[Mistake]:
    """Without a view on returns the least risky portfolio is none at all."""
    if book.limits.min_net_pct > 0:
        return
    kind, view = book.objective.kind, book.objective.expected_return.kind
    if kind == "minimum_variance" and book.limits.long_only:
        problem, remedy = (
            "the least risky portfolio is cash alone",
            "write how much to invest, e.g. limits.min_net_pct: 95",
        )
        yield judged(("objective", "kind"), kind, problem, remedy, _NET, ("limits", "long_only"))
    if kind == "mean_variance" and view == "zero":
        problem = "without a view on returns the best portfolio is cash alone"
        remedy = "set kind: historical, or set kind: given, or write e.g. limits.min_net_pct: 95"
        yield judged(("objective", "expected_return", "kind"), view, problem, remedy, ("objective", "kind"), _NET)


def scores_can_be_reached(book: Book, companions: Companions) -> Iterator[Mistake]:
    esg, carbon = book.limits.min_esg_score, book.limits.max_carbon_intensity
    best = max(companions.esg_scores.values(), default=None)
    if esg is not None and best is not None and esg > best:
        problem = f"the best score of the universe is {figure(best)}"
        yield judged(("limits", "min_esg_score"), esg, problem, "lower it to at most that", ("universe",))
    least = min(companions.carbon_intensities.values(), default=None)
    if carbon is not None and least is not None and carbon < least:
        problem = f"the least intensity of the universe is {figure(least)}"
        yield judged(("limits", "max_carbon_intensity"), carbon, problem, "raise it to at least that", ("universe",))


def the_gate_lets_the_plan_through(book: Book, companions: Companions) -> Iterator[Mistake]:
    limits, gate, orders = book.limits, book.risk, book.orders
    pairs = (
        ("max_turnover_pct", limits.max_turnover_pct, "max_run_turnover_pct", gate.max_run_turnover_pct),
        ("max_adv_pct", limits.max_adv_pct, "max_participation_pct", gate.max_participation_pct),
    )
    for name, wanted, gate_name, allowed in pairs:
        if wanted is not None and wanted > allowed:
            problem = f"orders that use it are cut by risk.{gate_name}, which is {_pct(allowed)}"
            yield judged(("limits", name), wanted, problem, f"lower it, or raise risk.{gate_name}", ("risk", gate_name))
    if gate.max_order_usd is not None and gate.max_order_usd < orders.min_trade_usd:
        problem = f"no order is both this small and worth orders.min_trade_usd, {figure(orders.min_trade_usd)}"
        path = ("risk", "max_order_usd")
        yield judged(
            path, gate.max_order_usd, problem, "raise it, or lower orders.min_trade_usd", ("orders", "min_trade_usd")
        )
    in_file = book.objective.weights_file is not None
    for symbol, weight in companions.weights.items():
        if abs(weight) > gate.max_position_pct + _ROUNDING:
            path = ("objective", "weights_file") if in_file else ("objective", "weights_pct", symbol)
            problem = f"{symbol} is cut to risk.max_position_pct, which is {_pct(gate.max_position_pct)}, for ever"
            yield judged(
                path, weight, problem, "lower it, or raise risk.max_position_pct", ("risk", "max_position_pct")
            )


def a_factor_model_has_fewer_factors_than_symbols(book: Book, companions: Companions) -> Iterator[Mistake]:
    model, count = book.objective.risk_model, len(companions.sectors)
    if model.kind == "factor" and count and model.factors >= count:
        path, problem = ("objective", "risk_model", "factors"), f"the universe has {count} symbols"
        remedy = f"write at most factors: {count - 1}, or use kind: ledoit_wolf"
        yield judged(path, model.factors, problem, remedy, ("universe",), ("objective", "risk_model", "kind"))


def waves_can_be_filled(book: Book, _: Companions) -> Iterator[Mistake]:
    own, market = book.execution.max_participation_pct, book.broker.simulated.max_participation_pct
    if own > market:
        problem = f"the simulated market fills at most {_pct(market)} of a minute's volume"
        yield judged(("execution", "max_participation_pct"), own, problem, "what lies between is swept at the deadline")


def weights_that_nearly_fill_the_book_leave_cash(book: Book, companions: Companions) -> Iterator[Mistake]:
    net, room = sum(companions.weights.values()), 100 - _reserve_pct(book)
    rest = room - net
    if companions.weights and companions.cash_pct is None and 10 * _ROUNDING < rest < _NEARLY_ALL:
        path = ("objective", "weights_pct" if book.objective.weights_file is None else "weights_file")
        problem = f"the weights add up to {_pct(net)}, {_pct(rest)} less than there is room for"
        yield judged(path, None, problem, "what they leave stays cash")


def the_largest_weight_is_not_above_the_gate(book: Book, _: Companions) -> Iterator[Mistake]:
    most, gate = book.limits.max_weight_pct, book.risk.max_position_pct
    if gate < most < 100:
        problem = f"orders toward such a weight are cut to risk.max_position_pct, which is {_pct(gate)}"
        yield judged(_WEIGHT, most, problem, "lower it, or raise risk.max_position_pct")


def an_order_to_the_target_fits_the_gate(book: Book, companions: Companions) -> Iterator[Mistake]:
    """A larger target is built over several sessions: allowed, and worth knowing before the first."""
    most = book.risk.max_order_nav_pct
    largest = max(((abs(weight), symbol) for symbol, weight in companions.weights.items()), default=None)
    if largest is not None and largest[0] > most + _ROUNDING:
        weight, symbol = largest
        problem = f"{symbol} has a target of {_pct(weight)}: each order is cut to this, the rest waits for a session"
        yield judged(("risk", "max_order_nav_pct"), most, problem, "raise it to build in one session", ("objective",))


def a_target_is_worth_a_trade(book: Book, companions: Companions) -> Iterator[Mistake]:
    """Where the account's opening is known: whether any order to a target is above the least trade."""
    opening, largest = book.broker.simulated, max(map(abs, companions.weights.values()), default=0.0)
    if not is_simulated(book.broker) or opening.opening_shares or not largest:
        return
    worth, least = float(opening.opening_cash_usd) * largest / 100, float(book.orders.min_trade_usd)
    if worth < least:
        problem = f"the largest target is worth {figure(round(worth, 2))} USD, so nothing is ever traded"
        remedy = f"lower it to {figure(round(worth / 5, 2))} or less, or bring more cash"
        yield judged(("orders", "min_trade_usd"), least, problem, remedy, ("objective",))


def a_yes_outlives_the_question(book: Book, _: Companions) -> Iterator[Mistake]:
    asked, holds = book.approval.ask_timeout_min, book.approval.expires_after_min
    if asked > holds:
        problem = f"the run waits longer for an answer than a plan is good for, {holds} minutes"
        yield judged(("approval", "ask_timeout_min"), asked, problem, "lower it, or raise expires_after_min")


CHECKS = (
    given_weights_fit_the_limits,
    the_invested_part_has_room,
    sector_bounds_have_room,
    cash_alone_is_not_the_answer,
    scores_can_be_reached,
    the_gate_lets_the_plan_through,
    a_factor_model_has_fewer_factors_than_symbols,
)
DOUBTS = (
    weights_that_nearly_fill_the_book_leave_cash,
    waves_can_be_filled,
    the_largest_weight_is_not_above_the_gate,
    an_order_to_the_target_fits_the_gate,
    a_target_is_worth_a_trade,
    a_yes_outlives_the_question,
)


def _reserve_pct(book: Book) -> float:
    """Percent of net asset value; the fixed amount counts where the worth of the account is known: cash alone."""
    account, limits = book.broker.simulated, book.limits
    if not is_simulated(book.broker) or account.opening_shares or not account.opening_cash_usd > 0:
        return limits.cash_reserve_pct
    return 100 * reserve_fraction(account.opening_cash_usd, limits.cash_reserve_pct, limits.cash_reserve_usd)


def _reserve_setting(book: Book) -> str:
    """Which of the two is the larger, and has to give way."""
    is_fixed = _reserve_pct(book) > book.limits.cash_reserve_pct
    return "limits.cash_reserve_usd" if is_fixed else "limits.cash_reserve_pct"


def _pct(number: float) -> str:
    return f"{figure(round(number, 6))} %"
