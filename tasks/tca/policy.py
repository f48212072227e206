"""What every figure of the report means, and what the report cannot show."""

from tasks.tca.benchmarks import PWP_RATE, VWAP_LIMIT
from tasks.tca.shortfall import Convention
from tasks.tca.statistics import MIN_ORDERS, OUTLIER_Z

_PARTS = {
    Convention.WHOLE_ORDER: (
        ("delay", "side × shares ordered × (arrival price − decision price)."),
        ("opportunity", "side × shares not filled × (end price − arrival price)."),
    ),
    Convention.EXECUTED: (
        ("delay", "side × shares filled × (arrival price − decision price)."),
        ("opportunity", "side × shares not filled × (end price − decision price)."),
    ),
}


def definitions(convention: Convention) -> tuple[tuple[str, str], ...]:
    """Term and definition, in the order a reader meets them."""
    delay, opportunity = _PARTS[convention]
    return (
        ("sign", "A positive cost hurts the book, on buys and sells alike; a negative one is a gain. "
         "Side is +1 for a buy and −1 for a sell."),
        ("denominator", "Shortfall in bps is of the paper notional: the whole order at its decision price."),
        ("convention", _CONVENTION[convention]),
        delay,
        ("trading", "side × (value filled − shares filled × arrival price); without an arrival price, from decision."),
        opportunity,
        ("fees", "Commissions and fees the broker reported with each execution."),
        ("decision price", "Mid or close at which the plan was decided; the shortfall starts here."),
        ("arrival price", "Mid when the order reached the broker. Where nobody recorded it, delay is n/a, not zero."),
        ("end price", "Mid or close when the order ended: with its last fill, at its deadline or when the last of it "
         "was cancelled, whichever came last; it values what was not filled."),
        ("benchmark cost", "side × (average price − benchmark) / benchmark, in bps, on the executed shares."),
        ("interval VWAP", "Volume-weighted average of all bars touched between arrival and the last fill, or the "
         "order's own end when part of it stayed open; own prints and auction prints in the window are included."),
        ("interval VWAP, others", "The same with this order's own prints taken out."),
        ("day VWAP", "Volume-weighted average of the whole session, both auctions included."),
        ("TWAP", "Mean of the closes of the bars in the window, weighted by their length; auctions are left out."),
        (f"PWP {PWP_RATE:.0%}".replace("%", " %"), f"Average price of the market from arrival until the shares filled "
         f"divided by {PWP_RATE} had printed."),
        ("open, close, previous close", "Official prices of the auctions."),
        ("participation", "Shares filled over the market's volume in the window, own fills included. Above "
         f"{VWAP_LIMIT:.0%} the VWAP is largely our own price and is footnoted.".replace("%", " %")),
        ("relative performance", "Share of the market's volume in the window that dealt at a worse price than ours."),
        ("reversion", "−side × (price some minutes after the last fill − average price) / average price: positive "
         "hurts, the price came back. The price is the close of the last bar that had ended by then."),
        ("spreads", "Quoted: ask − bid; effective: 2 × side × (fill − mid); both by the quote known when the child "
         "order was sent, dollars over the shares' value at that mid (17 CFR 242.600). E/Q is the one over the other."),
        ("realized spread, price impact", "2 × side × (fill − later price) and 2 × side × (later price − mid); the "
         "later price is the market's last trade five minutes after the fill. Together they are the effective spread."),
        ("price improvement", "Buy: ask − fill; sell: fill − bid; positive is good. Capture is that over the quoted "
         "spread: 0 paid the far touch, 50 % the mid, 100 % the near touch."),
        ("time to fill", "Median seconds by the broker's clock from sending a child order to its first fill."),
        ("score", "A figure of the total shortfall alone, by thresholds that the book declares; never without it."),
        ("what was not traded", "(Target weight × NAV − value held after the fills) × (close / decision price − 1), by "
         "the plan's reason for stopping short: rounding, minimum trade, restriction, what was not filled."),
        ("estimate", "Forecast before the trade, scaled to the share filled, beside trading plus fees."),
        ("timing risk", "One standard deviation of the cost that the market's own moves explain."),
        ("averages", "Every average is a ratio of sums: total cost over total notional, never a mean of bps."),
        ("95 % interval", "Student t-interval of that ratio over orders. Orders of one session share its market "
         "moves, so the truth is wider."),
        ("verdict", f"Groups under {MIN_ORDERS} orders are not judged; an interval holding zero is not significant."),
        ("outlier", f"Modified z-score (0.6745 × distance to the median / MAD) beyond {OUTLIER_Z}."),
        ("rounding", "Each order is rounded once to the cent by largest remainder; every sum adds those cents, so "
         "parts and totals agree. Basis points come from the unrounded amounts."),
    )  # fmt: skip


_CONVENTION = {
    Convention.WHOLE_ORDER: "whole order: delay is charged on every share ordered, opportunity starts at arrival "
    "(Wagner and Edwards, Kissell, Johnson). The other convention is shown beside it; the total is the same.",
    Convention.EXECUTED: "executed: delay is charged on shares filled, opportunity starts at the decision (CFA "
    "Institute). The other convention is shown beside it; the total is the same.",
}


_OF_A_BOOK = (
    "spreads",
    "realized spread, price impact",
    "price improvement",
    "time to fill",
    "score",
    "what was not traded",
    "estimate",
    "timing risk",
)
"""What only a session of a book has: a plan, child orders, quotes, a forecast."""


def definitions_of_orders(convention: Convention) -> tuple[tuple[str, str], ...]:
    """The same for orders that have no plan: what the files do not name comes from the prices, or stays unknown."""
    general = tuple((term, words) for term, words in definitions(convention) if term not in _OF_A_BOOK)
    own = {term: _ORDERS_ALONE.get(term, words) for term, words in general}
    return (
        *own.items(),
        ("session", "The calendar day of an order's arrival, else of its decision, else of its first fill."),
    )


_ORDERS_ALONE = {
    "fees": "As the executions' own file has them; empty is none.",
    "decision price": "As the orders' file names it. Where it does not, the shortfall starts at the arrival price and "
    "delay is n/a, not zero.",
    "arrival price": "As the orders' file names it; else the close of the last bar that had ended when the order "
    "arrived, or the first open of the session before that. Without any, delay is n/a and trading is measured from the "
    "decision.",
    "end price": "As the orders' file names it; else the close of the last bar that had ended when the order ended; "
    "else the session's close. It values what was not filled.",
    "open, close, previous close": "Prints of the auctions where the prices mark them, else first open and last close "
    "of the session's bars, else the daily prices.",
}


def limitations_of_orders(market_note: str) -> tuple[str, ...]:
    """As `limitations`, for orders of another desk."""
    own = "The figures are as good as the files: whether they hold every order and execution is not known here."
    return (f"Market data: {market_note}", _BARS, _DRAW, own, _REVIEW)


_BARS = "VWAP and TWAP are computed from bars, not from single trades: differences under about 1 bp are noise."
_DRAW = "One session is one draw of the market. Costs of single orders are dominated by price moves nobody controls."
_REVIEW = (
    "The report supports a periodic review of execution quality; whether a rule applies, and is met, is for compliance "
    "to say."
)


def limitations(market_note: str) -> tuple[str, ...]:
    """Sentences; the first says where the market data came from."""
    return (
        f"Market data: {market_note}" if market_note else "Market data: its origin was not stated.",
        _BARS,
        "Quotes are asked for by this program when a wave is decided and when fills are collected: the market may have "
        "moved between the question and the order. They are the best bid and offer of all exchanges (NBBO) only where "
        "their source says so.",
        _DRAW,
        "The forecast covers spread, impact and fees; it says nothing of delay and opportunity.",
        "Second opinions are published formulas with their published coefficients, not fitted to this book.",
        _REVIEW,
    )
