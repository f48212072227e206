"""What an account at TWS holds beside US stocks: contracts of every kind and other money, put there behind the wire."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zlib import crc32

from tasks.brokers.sandbox.tws.encode import Message, Shown
from tasks.brokers.sandbox.tws.framing import stamp
from tasks.model.orders import Execution, OrderRequest, OrderType, Side, TimeInForce

FIRST_NUMBER = 1_000_000_000
FIRST_PERM_ID = 900_000_000


@dataclass(frozen=True, slots=True)
class Other:
    """A contract that does not trade at the exchange behind this venue, with its fields on the wire."""

    symbol: str
    """That of the stock or the issuer, for options, CFDs and bonds."""
    security_type: str
    """`OPT`, `FUT`, `CFD`, `BOND`, `CRYPTO`, `STK` of another market ..."""
    currency: str = "USD"
    primary_exchange: str = ""
    expires: str = ""
    strike: Decimal = Decimal(0)
    right: str = ""
    multiplier: str = ""
    local_symbol: str = ""
    trading_class: str = ""

    @property
    def con_id(self) -> int:
        """The same in every life of the venue."""
        return FIRST_NUMBER + crc32(repr(self).encode()) % 900_000_000

    def fields(self, right: str = "") -> Message:
        """As `Stock.fields`."""
        named = (self.local_symbol or self.symbol, self.trading_class or self.symbol)
        terms = (self.expires, self.strike, self.right or right, self.multiplier)
        return (self.con_id, self.symbol, self.security_type, *terms, self.primary_exchange, self.currency, *named)


@dataclass(frozen=True, slots=True)
class Held:
    """A holding that is no stock, or not of the account's currency."""

    what: Other
    quantity: Decimal
    price: Decimal
    """For one; an option's worth is that times its multiplier."""

    @property
    def worth(self) -> Decimal:
        """In the holding's own currency; signed as `quantity` is."""
        return self.quantity * self.price * Decimal(self.what.multiplier or 1)


class OtherHoldings:
    """Of the venue's one account. What is done here a client learns only by asking, as of everything done by hand."""

    def __init__(self, account: str) -> None:
        self._account = account
        self.held: list[Held] = []
        self.money: dict[str, Decimal] = {}
        """Cash by currency, USD apart."""
        self.working: list[tuple[Shown, Other]] = []
        self.traded: list[tuple[Shown, Other, Execution]] = []

    def hold(self, what: Other, quantity: int | str, price: str = "1") -> None:
        """Adds up to nothing: a second call is a second row."""
        self.held.append(Held(what, Decimal(quantity), Decimal(price)))

    def trade(self, what: Other, side: Side, quantity: int, price: str, at: datetime) -> None:
        """A person trades it by hand, or another program does."""
        number = len(self.traded) + 1
        shown = self._shown(what, side, quantity, price, "Filled", number, at)
        row = Execution(
            f"0000hand.{number:08x}.01.01",
            "",
            what.symbol,
            side,
            Decimal(quantity),
            Decimal(price),
            Decimal(1),
            at,
            self._account,
        )
        self.traded.append((shown, what, row))

    def place(self, what: Other, side: Side, quantity: int, price: str, at: datetime) -> None:
        """An order by hand that works until the end of the day."""
        number = 1000 + len(self.working)
        self.working.append((self._shown(what, side, quantity, price, "Submitted", number, at), what))

    def _shown(
        self, what: Other, side: Side, quantity: int, price: str, status: str, number: int, at: datetime
    ) -> Shown:
        """As TWS shows what no client has placed: number 0, no reference."""
        many, limit = Decimal(quantity), Decimal(price)
        asked = OrderRequest(
            "", self._account, what.symbol, side, many, OrderType.LIMIT, TimeInForce.DAY, limit_price=limit
        )
        filled = many if status == "Filled" else Decimal(0)
        return Shown(
            0, 0, FIRST_PERM_ID + number, "", asked, status, filled, limit if filled else Decimal(0), at=stamp(at)
        )
