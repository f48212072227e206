"""What a broker takes and tells, and one line of its statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tasks.model.orders import NativeAlgorithm, OrderClass, OrderType, TimeInForce

Kind = tuple[OrderType, TimeInForce]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this broker, in this environment, really takes; `order_validation.py` reads it before anything is sent."""

    environment: str
    """`simulated`, `paper` or `live`."""
    takes: frozenset[Kind]
    """Order types, each with the times in force it can have."""
    fractions: frozenset[Kind]
    """Those of them that may have fractions of shares; empty where `share_step` is 1."""
    share_step: Decimal
    """Smallest tradable quantity: 1 for whole shares, 0.000000001 for Alpaca's fractions."""
    price_step: Decimal
    clock_jumps: bool
    """True when `wait_until` moves a simulated clock instead of sleeping."""
    market_data_note: str
    """One sentence for the report: replayed from what, or modelled how."""
    classes: frozenset[OrderClass] = frozenset({OrderClass.SIMPLE})
    native: frozenset[NativeAlgorithm] = frozenset()
    longest_key: int = 40
    per_execution_fills: bool = True
    """Whether every execution is told with its own id, price and time; else only totals of an order."""
    corrections: bool = True
    """Whether a bust or a corrected execution is told at all."""
    statement: bool = True
    """Whether dividends, splits, fees and money moved are listed; else they show as breaks, for a person to book."""
    keys_are_unique: bool = True
    """Whether the broker itself refuses, or answers with the first order, when it sees a key again."""
    absence_proves_after: timedelta = timedelta(0)
    """How long after an order was last on its way a complete answer without it proves that it will never arrive."""

    @property
    def is_simulated(self) -> bool:
        """Whether the market behind it is one of this program's own."""
        return self.environment == "simulated"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What moved an account's shares or cash without a trade."""

    line_id: str
    at: datetime
    kind: str
    """`split`, `dividend`, `fee` or `cash_flow` (money a person moved in or out)."""
    symbol: str
    shares: Decimal
    """Signed change of the position: the new shares of a split."""
    amount_usd: Decimal
    """Signed change of cash: the dividend, or cash in lieu of a fraction."""
    words: str
