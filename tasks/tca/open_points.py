"""What must be explained before somebody signs: breaks, outliers, gaps in the record."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.model.orders import OrderState
from tasks.model.plan import Severity, of_shares, plain
from tasks.tca.inputs import ReportInputs
from tasks.tca.order_line import OrderLine
from tasks.tca.statistics import OUTLIER_Z
from tasks.wording import counted


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """What a reader has to know before believing the figures."""

    kind: str
    subject: str
    sentence: str


def open_points(inputs: ReportInputs, lines: Sequence[OrderLine]) -> tuple[OpenPoint, ...]:
    """Every check's points, in the order a reviewer would take them; empty means nothing stands in the way."""
    return (
        *_approval(inputs),
        *_orders_against_plan(inputs),
        *_standing_over(inputs),
        *_findings(inputs),
        *_breaks(inputs),
        *_outliers(lines),
        *_unfilled(lines),
        *_refused_children(lines),
        *_incomplete(lines),
    )


def points_of_orders(lines: Sequence[OrderLine]) -> tuple[tuple[str, OpenPoint], ...]:
    """Those that need nothing but orders, each with its order id: outliers, what was not filled, missing prices."""
    return tuple(
        (line.order_id, point)
        for line in lines
        for point in (*_outliers([line]), *_unfilled([line]), *_incomplete([line]))
    )


def _approval(inputs: ReportInputs) -> Iterator[OpenPoint]:
    if inputs.approval is None:
        if inputs.orders:
            yield OpenPoint("approval", inputs.book, "Orders were sent and no approval is on record.")
    elif inputs.approval.plan_hash != inputs.plan_hash:
        yield OpenPoint(
            "approval", inputs.book, "The approval on record is for another plan hash than the one executed."
        )
    elif inputs.approval.decision != "approved" and inputs.orders:
        yield OpenPoint("approval", inputs.book, f"Orders were sent although the plan was {inputs.approval.decision}.")


def _orders_against_plan(inputs: ReportInputs) -> Iterator[OpenPoint]:
    planned = _by_symbol_and_side((line.symbol, str(line.side), line.shares) for line in inputs.plan.trades)
    ordered = _by_symbol_and_side((order.symbol, str(order.side), order.shares) for order in inputs.orders)
    for symbol, side in sorted(planned.keys() | ordered.keys()):
        wanted, sent = planned.get((symbol, side)), ordered.get((symbol, side))
        if sent is None and symbol in inputs.refused_orders:
            yield OpenPoint("refused", symbol, f"{inputs.refused_orders[symbol]}.")
        elif wanted != sent:
            yield OpenPoint("plan", symbol, f"Planned {side} {_shares(wanted)}, ordered {_shares(sent)}.")


def _standing_over(inputs: ReportInputs) -> Iterator[OpenPoint]:
    """What was planned and not ordered: the session ends away from its targets, however well its orders went."""
    for line in inputs.plan.lines:
        if line.stands_over:
            yield OpenPoint("stands over", line.symbol, line.sentence)


def _by_symbol_and_side(trades: Iterable[tuple[str, str, Decimal]]) -> dict[tuple[str, str], Decimal]:
    totals: dict[tuple[str, str], Decimal] = {}
    for symbol, side, shares in trades:
        totals[symbol, side] = totals.get((symbol, side), Decimal(0)) + shares
    return totals


def _shares(shares: Decimal | None) -> str:
    return "nothing" if shares is None else f"{shares} shares"


def _findings(inputs: ReportInputs) -> Iterator[OpenPoint]:
    for finding in inputs.findings:
        if finding.severity is Severity.HALT:
            yield OpenPoint("finding", finding.subject, f"{finding.check}: {finding.message}")


def _breaks(inputs: ReportInputs) -> Iterator[OpenPoint]:
    for item in inputs.breaks:
        if not item.explanation:
            what = item.words or f"{item.kind}: ours {item.ours}, theirs {item.theirs}"
            since = f" since {item.found_on}" if item.found_on and item.found_on < inputs.session else ""
            yield OpenPoint("break", item.symbol, f"{what}; worth {item.amount_usd} USD, unexplained{since}.")


def _outliers(lines: Sequence[OrderLine]) -> Iterator[OpenPoint]:
    for line in lines:
        if line.outlier_z is not None and abs(line.outlier_z) > OUTLIER_Z and not line.explanation:
            sentence = f"Order {line.order_id} cost {line.costs.total_bps} bps (z {line.outlier_z}) and is unexplained."
            yield OpenPoint("outlier", line.symbol, sentence)


def _unfilled(lines: Sequence[OrderLine]) -> Iterator[OpenPoint]:
    """Better prices of fewer shares are no better execution."""
    for line in lines:
        if line.unfilled_shares > 0:
            rest = of_shares(line.unfilled_shares, "was", "were")
            sentence = f"{rest} not filled, of {plain(line.shares)} that order {line.order_id} was for."
            yield OpenPoint("not filled", line.symbol, sentence)


def _refused_children(lines: Sequence[OrderLine]) -> Iterator[OpenPoint]:
    for line in lines:
        refused = [piece for piece in line.slices if piece.state is OrderState.REJECTED]
        if refused:
            words = next((piece.reason for piece in refused if piece.reason), "the broker gave no reason")
            sentence = f"{len(refused)} of {counted(len(line.slices), 'child order')} refused by the broker: {words}."
            yield OpenPoint("refused by the broker", line.symbol, sentence)


def _incomplete(lines: Sequence[OrderLine]) -> Iterator[OpenPoint]:
    for line in lines:
        if line.costs.total_usd is None:
            sentence = f"Order {line.order_id} has no total: nobody knows what the unfilled rest is worth."
            yield OpenPoint("missing price", line.symbol, sentence)
        if line.arrival_price is None:
            sentence = f"Nobody recorded the price at which order {line.order_id} arrived: its delay is n/a."
            yield OpenPoint("missing arrival", line.symbol, sentence)
        if line.unfilled_shares < 0:
            yield OpenPoint("overfill", line.symbol, f"Order {line.order_id} filled more than was ordered.")
