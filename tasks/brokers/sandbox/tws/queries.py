"""Answers questions: the account, orders, executions, contracts, prices; each through the exchange and its lies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.brokers.sandbox.tws import encode
from tasks.brokers.sandbox.tws.contracts import Listings
from tasks.brokers.sandbox.tws.decode import asked
from tasks.brokers.sandbox.tws.encode import Message, Shown
from tasks.brokers.sandbox.tws.exchange_view import ExchangeView
from tasks.brokers.sandbox.tws.historical import UnservedError, rows_of
from tasks.brokers.sandbox.tws.other_holdings import OtherHoldings
from tasks.brokers.sandbox.tws.system_words import FARM_BROKEN, SYSTEM_WORDS
from tasks.brokers.sandbox.tws.wire_faults import WireFault, WireFaults
from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.snapshot import standing
from tasks.model.market import Quote
from tasks.model.orders import Execution

ZERO = Decimal(0)
Answer = Iterator[Message]
LONG_AGO = "20221021 15:59:59 US/Eastern"


class Answering:
    """Answers the messages that only ask; none of them changes anything at the exchange."""

    def __init__(
        self, view: ExchangeView, listings: Listings, faults: WireFaults, other_holdings: OtherHoldings
    ) -> None:
        self._view, self._listings, self._faults, self._other_holdings = view, listings, faults, other_holdings
        self._exchange = view.exchange
        self._unpaid: set[str] = set()
        self._held_back: list[Message] = []
        self.first_id = 1
        self._kinds: dict[str, Callable[[int, Sequence[str]], Answer]] = {
            "1": self._quote,
            "5": self._open_orders,
            "6": self._download,
            "7": self._executions,
            "8": self._ids,
            "9": self._details,
            "16": self._open_orders,
            "20": self._bars,
            "49": self._time,
            "61": self._positions,
            "76": self._account_rows,
            "91": self._rule,
            "99": self._completed,
        }

    def welcome(self, client_id: int) -> Answer:
        """What TWS sends by itself to a client that has just come."""
        yield encode.managed_accounts(self._exchange.account_name)
        yield encode.next_valid_id(max(self.first_id, self._view.highest_id(client_id) + 1))

    def reply(self, client_id: int, fields: Sequence[str]) -> Answer:
        """Nothing for a kind without an answer. Raises: Unanswered."""
        answer = self._kinds.get(fields[0])
        return iter(()) if answer is None else answer(client_id, fields)

    # ---- orders ------------------------------------------------------------------------------------------------

    def _open_orders(self, client_id: int, fields: Sequence[str]) -> Answer:
        """Kind 5 is about the client's own orders, 16 about everybody's."""
        for order in self._exchange.working():
            kept = self._view.numbered(order.broker_order_id)
            shown = replace(self._view.show(kept), filled=order.filled_shares)
            if fields[0] == "16" or shown.client_id == client_id:
                yield encode.open_order(shown, self._listings.stock(order.symbol))
                yield encode.order_status(shown)
        for shown, other in self._other_holdings.working if fields[0] == "16" else ():
            yield encode.open_order(shown, other)
            yield encode.order_status(shown)
        if not self._faults.due(WireFault.NO_OPEN_ORDER_END):
            yield encode.OPEN_ORDER_END

    def _completed(self, client_id: int, fields: Sequence[str]) -> Answer:
        """TWS lists the orders that are over, those of the session before too; client and number are not told."""
        del client_id, fields
        kept_ones = self._view.orders_of_late()
        if not kept_ones:
            self._exchange.order("")  # a question like any other: the exchange may leave it without an answer
        for kept in kept_ones:
            # each order is looked up, as any broker does that is asked for it: there the exchange can lie
            is_told = self._exchange.order(kept.key) is not None
            if is_told and not self._view.is_open(kept):
                yield from self._completed_messages(kept)
        if not self._faults.due(WireFault.NO_COMPLETED_END):
            yield encode.COMPLETED_END

    def _completed_messages(self, kept: Order) -> Answer:
        shown, stock = self._view.show(kept), self._listings.stock(kept.request.symbol)
        yield encode.completed_order(shown, stock)
        if self._faults.due(WireFault.STALE_COMPLETED):
            yield encode.completed_order(replace(shown, perm_id=7, order_ref="of-another-day", at=LONG_AGO), stock)

    def _executions(self, client_id: int, fields: Sequence[str]) -> Answer:
        """All clients' executions of the day, each with its commission, as TWS does when it is asked."""
        del client_id
        about, session = int(fields[2]), self._exchange.session()
        rows = () if session is None else self._exchange.executions(session)
        yield from self.execution_messages(about, rows)
        for shown, other, row in self._other_holdings.traded:
            yield encode.execution(about, shown, other, row, row.execution_id, row.shares)
            yield encode.commission(row.execution_id, row.fee)
        if not self._faults.due(WireFault.NO_EXECUTION_END):
            yield encode.execution_end(about)

    def execution_messages(self, about: int, rows: Sequence[Execution]) -> Answer:
        """Executions, each with its commission; `about` is -1 where nobody asked."""
        names = self._view.names()
        shown_orders: dict[int, tuple[Shown, tuple[Execution, ...]]] = {}
        for row in rows:
            kept = self._view.numbered(row.execution_id)
            if kept.number not in shown_orders:
                shown_orders[kept.number] = (self._view.show(kept), tuple(standing(self._view.rows_of(kept))))
            shown, counted = shown_orders[kept.number]
            total = sum((r.shares for r in counted if r.at <= row.at), ZERO)
            with_zone = not self._faults.due(WireFault.ZONELESS_TIMES)
            name, stock = names[row.execution_id], self._listings.stock(row.symbol)
            told = encode.execution(about, shown, stock, row, name, total, with_zone=with_zone)
            paid = self._commission(name, row.fee)
            yield from (*paid, told) if self._faults.due(WireFault.COMMISSION_FIRST) else (told, *paid)

    def _commission(self, name: str, fee: Decimal) -> list[Message]:
        if name in self._unpaid or self._faults.due(WireFault.COMMISSION_NEVER):
            self._unpaid.add(name)
            return []
        if self._faults.due(WireFault.COMMISSION_LATE):
            return []
        return [encode.commission(name, fee)]

    # ---- the account -------------------------------------------------------------------------------------------

    def _positions(self, client_id: int, fields: Sequence[str]) -> Answer:
        del client_id, fields
        account = self._exchange.account()
        late, self._held_back = self._held_back, []
        rows = [encode.position(account.account, self._listings.stock(s), n) for s, n in account.positions.items()]
        rows += [encode.position(account.account, held.what, held.quantity) for held in self._other_holdings.held]
        rows.append(encode.POSITION_END)
        if self._faults.due(WireFault.LATE_POSITIONS):
            half = len(rows) // 2
            rows, self._held_back = rows[:half], rows[half:]
        if self._faults.due(WireFault.NO_POSITION_END):
            rows = [row for row in rows if row is not encode.POSITION_END]
        yield from (*late, *rows)

    def _download(self, client_id: int, fields: Sequence[str]) -> Answer:
        """Kind 6, subscribing: cash, the portfolio, and the end."""
        del client_id
        if fields[2] != "1":
            return
        account = self._exchange.account()
        yield encode.account_value("AccountCode", account.account, "", account.account)
        for currency in ("BASE", "USD"):
            yield encode.account_value("TotalCashBalance", account.cash, currency, account.account)
        for currency, amount in self._other_holdings.money.items():
            yield encode.account_value("TotalCashBalance", amount, currency, account.account)
        for symbol, shares in account.positions.items():
            yield encode.portfolio(account.account, self._listings.stock(symbol), shares, ZERO, ZERO)
        for held in self._other_holdings.held:
            yield encode.portfolio(account.account, held.what, held.quantity, held.price, held.worth)
        if not self._faults.due(WireFault.NO_DOWNLOAD_END):
            yield encode.download_end(account.account)

    def _account_rows(self, client_id: int, fields: Sequence[str]) -> Answer:
        del client_id
        about, account = int(fields[2]), self._exchange.account()
        yield encode.account_row(about, account.account, "TotalCashBalance", account.cash, "USD")
        yield encode.account_rows_end(about)

    # ---- contracts, prices, the clock ------------------------------------------------------------------------------

    def _ids(self, client_id: int, fields: Sequence[str]) -> Answer:
        del fields
        yield encode.next_valid_id(max(self.first_id, self._view.highest_id(client_id) + 1))

    def _details(self, client_id: int, fields: Sequence[str]) -> Answer:
        del client_id
        about, meant = int(fields[2]), asked(fields[3:15])
        stocks = self._listings.of(meant.symbol, meant.primary_exchange) if self._is_known(meant.symbol) else ()
        if not stocks:
            yield encode.error(about, 200, "No security definition has been found for the request")
            return
        for stock in stocks:
            yield encode.contract_details(about, stock)
        yield encode.details_end(about)

    def _rule(self, client_id: int, fields: Sequence[str]) -> Answer:
        del client_id
        yield encode.market_rule(int(fields[1]))

    def _is_known(self, symbol: str) -> bool:
        """A symbol with a price in the source in the session, or held."""
        session = self._exchange.session() or self._exchange.market.first_session()
        held = self._exchange.truth().positions
        return symbol in held or self._exchange.market.tape(symbol, session) is not None

    def _quote(self, client_id: int, fields: Sequence[str]) -> Answer:
        del client_id
        about, symbol = int(fields[2]), fields[4]
        if self._faults.due(WireFault.DELAYED_QUOTES):
            yield encode.data_type(about, 3)
        if self._faults.due(WireFault.FARM_BROKEN):
            yield encode.error(-1, FARM_BROKEN, SYSTEM_WORDS[FARM_BROKEN])
        quote = self._quote_of(symbol)
        if quote is not None:
            yield encode.data_type(about, 1)
            for kind, price in ((1, quote.bid), (2, quote.ask), (4, quote.last)):
                yield encode.tick(about, kind, price, 100)
        yield encode.snapshot_end(about)

    def _quote_of(self, symbol: str) -> Quote | None:
        if self._exchange.session() is None:
            return None
        return self._exchange.quotes((symbol,)).get(symbol)

    def _bars(self, client_id: int, fields: Sequence[str]) -> Answer:
        del client_id
        about = int(fields[1])
        try:
            yield encode.bars(about, rows_of(self._exchange, fields))
        except UnservedError as no:
            yield encode.error(about, no.code, no.words)

    def _time(self, client_id: int, fields: Sequence[str]) -> Answer:
        del client_id, fields
        yield encode.current_time(self._exchange.now())
