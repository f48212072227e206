"""Which algorithm works an order: the book's word, or by its size against the market and the book."""

from tasks.book.execution import ExecutionSettings
from tasks.model.orders import Algorithm

TINY_ADV = 0.001
"""Up to 0.1 % of average daily volume the spread is the whole cost: waiting buys nothing."""
SMALL_ADV = 0.005
"""Up to 0.5 % even slices are as good as any."""
LARGE_ADV = 0.03
"""Above 3 % of the day's volume the market has to carry the order: follow its volume, whatever it turns out to be."""
LARGE_NAV = 0.10
"""From 10 % of the book on, the price moving away while we wait costs more than trading early."""


def choose_algorithm(
    symbol: str, share_of_adv: float | None, share_of_nav: float, settings: ExecutionSettings
) -> Algorithm:
    """The book's `by_symbol` first, then its `algorithm`; for `auto`, by size."""
    if symbol in settings.by_symbol:
        return settings.by_symbol[symbol]
    if settings.algorithm != "auto":
        return settings.algorithm
    return by_size(share_of_adv, share_of_nav)


def by_size(share_of_adv: float | None, share_of_nav: float) -> Algorithm:
    """What suits an order of this size; never an auction.

    | order | algorithm |
    |---|---|
    | volume unknown | TWAP, which needs none |
    | <= 0.1 % of ADV | immediate |
    | > 3 % of ADV | POV |
    | else >= 10 % of the book | implementation shortfall |
    | <= 0.5 % of ADV | TWAP |
    | the rest | VWAP |

    `share_of_adv` (None: unknown) and `share_of_nav` are fractions >= 0. The thresholds are the desk's usual orders of
    magnitude and not estimates: they decide between methods whose costs differ little near them.
    """
    if share_of_adv is None:
        return Algorithm.TWAP
    if share_of_adv <= TINY_ADV:
        return Algorithm.IMMEDIATE
    if share_of_adv > LARGE_ADV:
        return Algorithm.POV
    if share_of_nav >= LARGE_NAV:
        return Algorithm.IMPLEMENTATION_SHORTFALL
    return Algorithm.TWAP if share_of_adv <= SMALL_ADV else Algorithm.VWAP
