"""Which contract a symbol means: asked once, kept, and refused where it could be two."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tasks.brokers.ibkr.connection import Connection
from tasks.brokers.ibkr.instruments import CURRENCY, STOCK, Instrument, wire_symbol
from tasks.brokers.ibkr.library import Contract
from tasks.brokers.ibkr.price_increments import Traded
from tasks.brokers.ibkr.reported import Decoded, exact
from tasks.brokers.ibkr.requests import QuestionRefusedError
from tasks.brokers.ibkr.throttle import ASKING, LOOKING
from tasks.errors import StandingRefusalError
from tasks.model.orders import Urgency

UNKNOWN_SYMBOL = 200


class UnknownSymbolError(StandingRefusalError):
    """TWS knows no such stock, or several."""


class Contracts:
    """Lives in the loop of the connection; what is known stays known when the line is lost."""

    def __init__(self, primary_exchanges: Mapping[str, str], share_step: Decimal) -> None:
        self._primary, self._share_step = primary_exchanges, share_step
        self._known: dict[str, Traded] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._rules: dict[int, tuple[tuple[Decimal, Decimal], ...]] = {}

    async def traded(self, line: Connection, symbol: str, urgency: Urgency = ASKING) -> Traded:
        """Raises: UnknownSymbolError; BrokerError when TWS does not answer."""
        async with self._asking.setdefault(symbol, asyncio.Lock()):
            if symbol not in self._known:
                self._known[symbol] = await self._details_of(line, symbol, urgency)
            return self._known[symbol]

    async def is_the_books(self, line: Connection, instrument: Instrument | None) -> bool:
        """Whether it is the very stock that its symbol means in a book: options, CFDs and other listings are not.

        Where TWS knows no such stock any more, or several and the book does not say which, the symbol decides.
        None is what we have sent ourselves. Raises: BrokerError when TWS does not answer.
        """
        if instrument is None:
            return True
        if not instrument.may_be_the_books:
            return False
        try:
            return (await self.traded(line, instrument.symbol, LOOKING)).con_id == instrument.con_id
        except UnknownSymbolError:
            return True

    async def _details_of(self, line: Connection, symbol: str, urgency: Urgency) -> Traded:
        meant = self._contract(symbol)
        try:
            found = await line.request_numbered(
                f"the contract of {symbol}",
                lambda client, number: client.reqContractDetails(number, meant),
                urgency,
            )
        except QuestionRefusedError as no:
            if no.code != UNKNOWN_SYMBOL:
                raise
            raise UnknownSymbolError(f"{symbol}: {no}; nothing was sent. Correct the symbol") from no
        stocks = {details.contract.conId: details for details in found}
        if len(stocks) != 1:
            raise _ambiguous(symbol, [details.contract.primaryExchange for details in stocks.values()])
        (details,) = stocks.values()
        return Traded(
            symbol,
            int(details.contract.conId),
            str(details.contract.primaryExchange),
            await self._increments(line, details, urgency),
            self._share_step,
        )

    async def _increments(
        self, line: Connection, details: Decoded, urgency: Urgency
    ) -> tuple[tuple[Decimal, Decimal], ...]:
        """The price steps of the SMART route; the contract's least step where TWS gives no rule."""
        exchanges, rules = str(details.validExchanges).split(","), str(details.marketRuleIds).split(",")
        named = dict(zip(exchanges, rules, strict=False))
        rule = named.get("SMART", rules[0])
        if not rule.isdigit():
            return ((Decimal(0), exact(details.minTick)),)
        number = int(rule)
        if number not in self._rules:
            answer = await line.request(
                ("rule", number), f"price rule {number}", lambda client: client.reqMarketRule(number), urgency
            )
            self._rules[number] = answer[0]
        return self._rules[number]

    def _contract(self, symbol: str) -> Any:
        primary = self._primary.get(symbol, "")
        return Contract(
            symbol=wire_symbol(symbol), secType=STOCK, exchange="SMART", currency=CURRENCY, primaryExchange=primary
        )


def to_send(traded: Traded) -> Any:
    """The contract as orders and questions name it: by its number, so that it can be no other."""
    return Contract(
        conId=traded.con_id,
        symbol=wire_symbol(traded.symbol),
        secType=STOCK,
        exchange="SMART",
        primaryExchange=traded.primary_exchange,
        currency=CURRENCY,
    )


def _ambiguous(symbol: str, exchanges: list[str]) -> UnknownSymbolError:
    listed = " and ".join(sorted(exchanges)) or "nowhere"
    return UnknownSymbolError(
        f"{symbol} is listed at {listed}: it does not mean one stock, and nothing was sent. "
        f"Say which one with `broker.ibkr.primary_exchanges: {{{symbol}: ...}}`"
    )
