"""What an error of TWS means for the order that it names: one table, by class. Pure.

The numbers are those of IB's list of system and order messages. A number that is not here means nothing we know: the
order is then in doubt, with TWS's own words, and a person finds out.
"""

from enum import StrEnum


class ErrorClass(StrEnum):
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


STANDING = frozenset({116, 123, 132, 142, 151, 200, 203, 412, 435, 438, 460, 10015, 10016, 10017})
"""No permission, no trading over the API, no such contract, no exchange or account for it."""
_RANGES = (
    (103, 103),  # a number used twice
    (106, 133),  # not transmitted: price, time in force, kind of order, exchange
    (140, 160),  # fields that do not parse or do not fit, halted securities
    (163, 168),  # percentage constraints of the order presets, times in the past
    (201, 201),  # rejected, with a reason in words
    (312, 315),  # legs
    (320, 325),  # validation
    (328, 353),  # attributes, accounts, dates
    (355, 363),  # size against the market rule, combinations, trigger prices
    (370, 370),  # parameters of algorithms
    (376, 403),  # constraints of size and price, conditions, algorithms
    (405, 413),
    (415, 429),
    (434, 448),  # size zero, accounts, algorithms
    (451, 491),  # permission, prices, parameters that conflict
    (10000, 10027),  # attributes over the API
    (10149, 10149),  # the number of the order
    (10268, 10310),  # attributes that are no longer supported, fractions, cash quantities
    (10312, 10327),
    (10330, 10348),
)
REFUSED = frozenset(code for first, last in _RANGES for code in range(first, last + 1))
"""What TWS does not take: a field, a size, a price, a kind of order, an attribute. Other classes come before it."""
WARNING = frozenset({165, 202, 399, 404, 481, 10018, 10019, 10167, 10311, 10349, 492})
CANCEL = frozenset({135, 136, 137, 161, 10147, 10148})
CONNECTION = frozenset({*range(500, 505), *range(1100, 1103), 1300, 10328})


def error_class(code: int) -> ErrorClass:
    """Of an error that bears the number of an order."""
    if 2100 <= code < 2200 or code in WARNING:
        return ErrorClass.WARNING
    for numbers, kind in (
        (CANCEL, ErrorClass.CANCEL),
        (CONNECTION, ErrorClass.CONNECTION),
        (STANDING, ErrorClass.STANDING),
        (REFUSED, ErrorClass.REFUSED),
    ):
        if code in numbers:
            return kind
    return ErrorClass.UNKNOWN


def is_notice(code: int) -> bool:
    """Whether it ends neither an order nor the answer to a question."""
    return error_class(code) is ErrorClass.WARNING
