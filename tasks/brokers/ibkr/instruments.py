"""Which contract a message of TWS is about: a ticker is the name of many, and a book holds only one kind. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

CURRENCY, STOCK = "USD", "STK"
KINDS = {
    "OPT": "option",
    "FOP": "option on a future",
    "FUT": "future",
    "CONTFUT": "future",
    "CFD": "CFD",
    "BOND": "bond",
    "BILL": "treasury bill",
    "FIXED": "bond",
    "FUND": "mutual fund",
    "CRYPTO": "crypto",
    "WAR": "warrant",
    "IOPT": "structured product",
    "CMDTY": "commodity",
    "CASH": "currency pair",
    "BAG": "combination",
    "IND": "index",
}
"""IB's security types, for a person."""
Decoded = Any
"""A contract of the library."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A contract as TWS names it; two with the same number are one."""

    con_id: int
    security_type: str
    symbol: str
    """With dots for IB's spaces; options, CFDs and bonds have that of their stock or issuer."""
    currency: str
    local_name: str = ""
    """What tells the contracts of a symbol apart: `AAPL  261218C00190000`."""
    expires: str = ""
    strike: Decimal = Decimal(0)
    right: str = ""
    multiplier: str = ""
    listed_at: str = ""
    """Its exchange, where the message says so; never the route `SMART`."""

    @property
    def may_be_the_books(self) -> bool:
        """Whether a book can hold such a thing: a stock in its currency; which one of them, its number says."""
        return self.security_type == STOCK and self.currency == CURRENCY

    @property
    def kind(self) -> str:
        """One or two words for a person."""
        if self.security_type == STOCK:
            return f"stock in {self.currency}" if self.currency != CURRENCY else "another stock"
        return KINDS.get(self.security_type, self.security_type or "unknown instrument")

    @property
    def name(self) -> str:
        """For a person, and unlike that of any other contract of an account."""
        local = " ".join(self.local_name.split())
        told = local if local and local != self.symbol else self.symbol
        if self.right in ("C", "P", "CALL", "PUT") and self.expires:
            told = f"{self.symbol} {self.expires} {self.strike.normalize():f} {self.right[:1]}"
        where = f" at {self.listed_at}" if self.security_type == STOCK and self.listed_at else ""
        return f"{told}{where} [{self.con_id}]"


def instrument_of(contract: Decoded) -> Instrument:
    """From a contract of the library."""
    exchange = contract.primaryExchange or contract.exchange
    return Instrument(
        con_id=int(contract.conId),
        security_type=str(contract.secType),
        symbol=our_symbol(contract.symbol),
        currency=str(contract.currency),
        local_name=str(contract.localSymbol),
        expires=str(contract.lastTradeDateOrContractMonth),
        strike=Decimal(str(contract.strike or 0)),
        right=str(contract.right),
        multiplier=str(contract.multiplier),
        listed_at="" if exchange == "SMART" else str(exchange),
    )


def wire_symbol(symbol: str) -> str:
    """IB writes a share class with a space: `BRK B` for BRK.B."""
    return symbol.replace(".", " ")


def our_symbol(symbol: str) -> str:
    """`BRK.B` for IB's `BRK B`."""
    return symbol.replace(" ", ".")
