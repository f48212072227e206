"""What an error of TWS means for the order that it names: one table, by class. Pure.

The numbers are those of IB's published list of system, warning and error messages, each read there, and a few that
are known from use alone (`FROM_USE`). A number that is in neither means nothing we know, whatever stands around it:
the order is then in doubt, with TWS's own words, and a person finds out.
"""

from enum import StrEnum

REJECTED = 201
"""Order rejected, with the reason in words only."""


class ErrorClass(StrEnum):
    """What an error code of TWS means for the order that it names."""

    REFUSED = "refused"
    """The order was not accepted; believed where no list of open orders and no execution says otherwise."""
    STANDING = "standing"
    """The same, for a reason that every further order of the contract would meet."""
    WARNING = "warning"
    """Said along with an order that lives on, or is held."""
    CANCEL = "cancel"
    """About a cancel; nothing is said of the order itself."""
    CONNECTION = "connection"
    """About the way to IB: whether the order has arrived is not said."""
    UNKNOWN = "unknown"


STANDING = frozenset(
    {
        *(116, 123, 124, 200, 392, 412, 10016, 10017, 10254),  # no such exchange or contract, or it is not traded
        *(132, 142, 151, 203, 435, 10234, 10235, 10345),  # the account may not, or something of it is not named
        *(438, 10015),  # TWS is locked, or takes no orders over the API
    }
)
_RANGES = (
    (103, 103),  # a number used twice
    (106, 107),  # cannot be transmitted
    (109, 111),  # price, time in force
    (113, 115),
    (117, 122),  # block, VWAP, destination
    (125, 126),
    (129, 129),
    (133, 133),
    (140, 141),  # fields that do not parse or do not fit
    (143, 148),
    (152, 160),  # attributes, halted securities, size zero
    (163, 164),  # percentage constraints of the order presets
    (167, 168),
    (201, 201),  # rejected, with a reason in words
    (303, 303),  # action
    (311, 315),  # origin, legs
    (320, 321),  # a request that TWS cannot read, or whose validation failed
    (325, 325),
    (328, 328),
    (332, 353),  # account codes, allocations, dates, deltas, short sale slots
    (355, 356),  # size against the market rule
    (358, 364),  # combinations, trigger prices
    (367, 380),  # volatility, hedges
    (382, 383),  # constraints of ticks and size of the order presets
    (387, 391),  # kind of order for the exchange, least size
    (393, 398),
    (400, 403),  # algorithms, conditions, stop price
    (405, 411),
    (413, 413),
    (415, 419),  # scales
    (421, 421),
    (423, 429),
    (432, 434),  # size zero
    (436, 437),
    (439, 439),  # algorithms
    (441, 443),
    (445, 449),
    (10000, 10003),
    (10005, 10014),
    (10020, 10027),
    (10236, 10237),
    (10240, 10240),
    (10243, 10253),  # fractions, cash quantities
    (10268, 10270),  # attributes that are no longer supported
    (10285, 10286),
    (10289, 10290),
    (10292, 10294),
    (10296, 10298),
    (10300, 10308),  # dates, least trade sizes, offsets
    (10312, 10312),
    (10314, 10321),
    (10324, 10325),  # OCA groups
    (10330, 10330),
    (10336, 10336),
    (10340, 10340),
    (10342, 10344),
)
REFUSED = frozenset(code for first, last in _RANGES for code in range(first, last + 1)) - {10313, 10320}
"""What TWS does not take: a field, a size, a price, a kind of order, an attribute. Other classes come before it."""
WARNING = frozenset(
    {
        *(131, 202, 399, 481),  # a flag is ignored, the order has ended, a message about it, its size was reduced
        *(404,),  # held until there are shares to borrow
        *(165, 10167),  # about data
        *(10018, 10019, 10233, 10239, 10311, 10329, *range(10331, 10335), 10347),
    }
)
CANCEL = frozenset({135, 136, 137, 161, 10147, 10148})
CONNECTION = frozenset({*range(501, 505), *range(1100, 1103), 1300, 10328})
FROM_USE = {
    460: ErrorClass.STANDING,  # no trading permissions
    463: ErrorClass.REFUSED,  # no valid price
    478: ErrorClass.REFUSED,  # parameters that contradict the contract
    492: ErrorClass.WARNING,  # about a scanner's data
    10349: ErrorClass.WARNING,  # the time in force was set by a preset
}
"""Met at TWS and told in public by those who met them; the list does not have them."""
STANDING_REASONS = (
    "no trading permission",
    "not have trading permission",
    "customer ineligible",
    "not available for trading",
    "not allowed to open",
    "not allowed to trade",
    "not permitted to",
    "closing orders",
    "closing-only",
    "closing only",
    "liquidation only",
    "trading restriction",
    "is restricted",
    "restricted from",
    "not available for short sale",
    "short sales are not allowed",
    "regulatory",
)
"""Parts of a 201's reason that a further order of the symbol in the same session would meet as well. Money, margin, a
price, a size or closed hours are none of them: those change with the next order or the next hour."""
_TABLE = ((WARNING, ErrorClass.WARNING), (CANCEL, ErrorClass.CANCEL), (CONNECTION, ErrorClass.CONNECTION))
_REFUSALS = ((STANDING, ErrorClass.STANDING), (REFUSED, ErrorClass.REFUSED))


def error_class(code: int, words: str = "") -> ErrorClass:
    """Of an error that bears the number of an order; `words` decide where the number alone says only `rejected`."""
    if code == REJECTED and _stands(words):
        return ErrorClass.STANDING
    if 2100 <= code < 2200:
        return ErrorClass.WARNING
    for numbers, kind in (*_TABLE, *_REFUSALS):
        if code in numbers:
            return kind
    return FROM_USE.get(code, ErrorClass.UNKNOWN)


def _stands(words: str) -> bool:
    said = words.lower()
    return any(reason in said for reason in STANDING_REASONS)


def is_notice(code: int) -> bool:
    """Whether it ends neither an order nor the answer to a question."""
    return error_class(code) is ErrorClass.WARNING
