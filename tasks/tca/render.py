"""The report as one HTML page that needs nothing else: no script, no network, every value escaped."""

# jinja2 leaves the table of its filters without a type.
# pyright: reportUnknownMemberType=false

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tasks.tca.charts import charts
from tasks.tca.export import instant
from tasks.tca.report import TcaReport
from tasks.tca.scorecard import score_words
from tasks.tca.shortfall import Convention
from tasks.tca.spread_words import spread_words
from tasks.tca.statistics import MIN_ORDERS, OUTLIER_Z
from tasks.tca.summary import ALGORITHM_NAMES
from tasks.wording import counted, readable

MOST_SHOWN = 5000
"""Characters of one text on a page."""
NOT_KNOWN = Markup('<span class="na">n/a</span>')


def report_html(report: TcaReport) -> str:
    """Raises: ValueError when a link leaves the report's folder tree by scheme, host or absolute path."""
    for name, target in report.cover.links.items():
        _check_relative(name, target)
    page = environment().get_template("report.html.j2")
    return page.render(
        report=report,
        cover=report.cover,
        total=report.total,
        charts={name: Markup(svg) for name, svg in charts(report).items()},
        whole_order=report.cover.convention is Convention.WHOLE_ORDER,
        min_orders=MIN_ORDERS,
        outlier_z=OUTLIER_Z,
        score_words=score_words(report.score_thresholds_bps),
        nothing=Decimal(0),
        spreads=[*(line.spread for line in report.orders), report.spread],
        spread_words=spread_words(report.spread),
    )


def _check_relative(name: str, target: str) -> None:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith(("/", "\\")):
        raise ValueError(f"link {name!r} points to {target!r}; give a path relative to the report")


def environment() -> Environment:
    """Of the templates of this room, with the filters by which they write figures."""
    made = Environment(
        loader=PackageLoader("tasks.tca"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own: dict[str, Any] = {
        "usd": usd,
        "fixed": fixed,
        "price": price,
        "shares": shares,
        "percent": percent,
        "at": at,
        "clock": clock,
        "words": words,
        "label": label,
        "upper_first": upper_first,
        "counted": counted,
        "css_text": css_text,
    }
    made.filters.update(own)
    return made


def shown(value: object) -> object:
    """What a page prints of any text that is no markup: readable, and of a very long one the beginning."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = readable(value[:MOST_SHOWN])
    rest = len(value) - MOST_SHOWN
    return text if rest <= 0 else f"{text}... and {counted(rest, 'character')} more in report.json"


def usd(amount: Decimal | None) -> str:
    """Two decimals with thousands separators; the column's head says USD."""
    return NOT_KNOWN if amount is None else f"{amount:,.2f}".replace("-", "−")


def fixed(value: Decimal | float | None, places: int = 2) -> str:
    """With a true minus sign; the word for not known where there is no value."""
    return NOT_KNOWN if value is None else f"{value:,.{places}f}".replace("-", "−")


def price(value: Decimal | None, least: int = 2) -> str:
    """At least `least` decimals, at most six, no trailing zeros beyond."""
    if value is None:
        return NOT_KNOWN
    whole, decimals = f"{value:,.6f}".split(".")
    return f"{whole}.{decimals.rstrip('0').ljust(least, '0')}".replace("-", "−")


def shares(value: Decimal | None) -> str:
    """Whole shares without decimals, fractions with as many as they have."""
    return NOT_KNOWN if value is None else f"{value.normalize():,f}".replace("-", "−")


def percent(fraction: Decimal | float | None, places: int = 2) -> str:
    """From a fraction, without the sign `%`; the word for not known where there is no value."""
    return NOT_KNOWN if fraction is None else f"{fraction * 100:,.{places}f}".replace("-", "−")


def at(when: datetime | None) -> str:
    """2022-06-15 13:35:00.125 UTC, to the millisecond where there are any."""
    if when is None:
        return NOT_KNOWN
    text = instant(when).removesuffix("Z").replace("T", " ")
    seconds, _, fraction = text.partition(".")
    return f"{seconds}.{fraction[:3]} UTC" if fraction else f"{seconds} UTC"


def clock(when: datetime | None) -> str:
    """Time of day in UTC; the date stands on the cover."""
    return NOT_KNOWN if when is None else at(when).split(" ")[1]


def words(code: str) -> str:
    """A snake_case code as words."""
    return code.replace("_", " ")


def label(code: str) -> str:
    """An algorithm's proper name; any other name with its first letter up."""
    return ALGORITHM_NAMES.get(code) or upper_first(code)


def css_text(text: str) -> str:
    """What can stand between quotes in a style sheet: letters, digits and signs that end nothing; else a dot."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in " -_." else "." for c in text)


def upper_first(text: str) -> str:
    """Leaves the other letters alone, unlike `str.capitalize`."""
    return text[:1].upper() + text[1:]
