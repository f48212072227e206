"""What stands under the table of spreads: its rules, where its quotes come from, and what is missing from it."""

from tasks.tca.quoted_fills import MARK_OUT, STALE_AFTER
from tasks.tca.spread_lines import SpreadLine
from tasks.wording import counted

_MINUTES = int(MARK_OUT.total_seconds() // 60)
RULES = (
    "Spreads and price impact are doubled distances to the mid and positive is a cost; for improvement and capture "
    "positive is good. Basis points are of the measured shares' value at the mid when the child order was sent. "
    f"Realized spread and price impact take the last trade price {_MINUTES} minutes after the fill, by the market's "
    "bars, where the session still had one. Source of the quotes: "
)


def spread_words(total: SpreadLine) -> str:
    """Sentences: sign rule, denominator, source, n, and why a fill is not measured."""
    source = "; ".join(total.sources) or "none was on record"
    measured = f"{total.used} of {counted(total.fills, 'fill')} measured"
    missing = "; ".join(_missing(total))
    return f"{RULES}{source}. {measured}{f': left out are {missing}' if missing else ''}."


def _missing(total: SpreadLine) -> list[str]:
    reasons = (
        (total.not_recorded, "without a quote on record, as the source showed none or did not answer"),
        (total.stale, f"with a quote older than {STALE_AFTER.total_seconds():.0f} s when the order was sent"),
        (total.locked, "with a locked quote"),
        (total.crossed, "with a crossed quote"),
    )
    return [f"{count} {why}" for count, why in reasons if count]
