"""What other desks call their columns, and which of ours each one is. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from tasks.wording import spoken

MOST_NAMED = 20


class Kind(StrEnum):
    """What a file holds; the value is its section in the YAML of columns."""

    EXECUTIONS = "executions"
    ORDERS = "orders"
    PRICES = "prices"


Names = Mapping[str, tuple[str, ...]]
"""Our field to the names it goes by, without case and punctuation; an earlier name wins over a later one."""

_ORDER_ID = ("orderid", "parentorderid", "parentid", "parentclordid", "clordid", "clientorderid", "order", "ordid",
             "orderref", "ordernumber", "orderno")  # fmt: skip
_SYMBOL = ("symbol", "ticker", "instrument", "security", "stock", "ric", "sym", "securityid")
_SIDE = ("side", "buysell", "bs", "direction", "action", "way", "buyorsell")
_VENUE = ("venue", "lastmkt", "lastmarket", "exchange", "market", "exdestination", "executionvenue", "mic")
_ACCOUNT = ("account", "acct", "accountid", "portfolio", "fund")
_BROKER = ("broker", "executingbroker", "execbroker", "counterparty", "dealer")
_CURRENCY = ("currency", "ccy", "tradecurrency", "settlcurrency")

NAMES: Mapping[Kind, Names] = {
    Kind.EXECUTIONS: {
        "execution_id": ("executionid", "execid", "fillid", "tradeid", "id", "execref", "transactionid", "dealid"),
        "order_id": _ORDER_ID,
        "symbol": _SYMBOL,
        "side": _SIDE,
        "shares": ("lastqty", "lastshares", "shares", "fillqty", "filledqty", "execqty", "executedqty", "qty",
                   "quantity", "fillquantity", "executedquantity", "size", "volume", "amount"),
        "price": ("lastpx", "lastprice", "fillprice", "execprice", "executionprice", "executedprice", "price",
                  "priceusd", "tradeprice", "px"),
        "time": ("transacttime", "atutc", "time", "timestamp", "datetime", "executiontime", "executedat", "exectime",
                 "filltime", "filledat", "tradetime", "at", "ts", "dt"),
        "fee": ("fee", "fees", "feeusd", "commission", "comm", "feesusd", "totalfees"),
        "venue": _VENUE,
        "account": _ACCOUNT,
        "currency": _CURRENCY,
        "status": ("status", "exectranstype", "exectype", "executionstatus", "tradestatus", "transtype", "reporttype"),
        "refers_to": ("refersto", "execrefid", "executionreference", "refid", "supersedes", "origexecid",
                      "originalexecid", "originalid", "corrects", "busts"),
        "slice_key": ("slicekey", "childorderid", "childid", "childclordid"),
    },
    Kind.ORDERS: {
        "order_id": (*_ORDER_ID, "id"),
        "symbol": _SYMBOL,
        "side": _SIDE,
        "shares": ("shares", "orderqty", "orderquantity", "qty", "quantity", "ordershares", "orderedshares", "size",
                   "totalqty", "targetqty"),
        "decided_at": ("decidedat", "decisiontime", "decisiontimestamp", "pmtime", "createdat", "creationtime"),
        "decision_price": ("decisionprice", "decisionpx", "pmprice", "strikeprice", "decisionmid"),
        "arrival_at": ("arrivalat", "arrivaltime", "arrivaltimestamp", "transacttime", "effectivetime", "starttime",
                       "receivedat", "receivedtime", "routetime", "time", "timestamp", "datetime", "ordertime"),
        "arrival_price": ("arrivalprice", "arrivalpx", "arrivalmid", "strike", "benchmarkprice", "startprice"),
        "ended_at": ("endedat", "endtime", "endtimestamp", "expiretime", "completedat", "donetime", "cancelledat"),
        "end_price": ("endprice", "endpx", "endmid", "lastmid"),
        "algorithm": ("algorithm", "algo", "strategy", "algostrategy", "targetstrategy", "algoname"),
        "broker": _BROKER,
        "account": _ACCOUNT,
        "sector": ("sector", "gicssector", "industry"),
        "adv_shares": ("advshares", "adv", "averagedailyvolume", "adv20", "adv30", "advqty"),
        "daily_volatility": ("dailyvolatility", "volatility", "vol", "dailyvol", "sigma"),
        "currency": _CURRENCY,
    },
    Kind.PRICES: {
        "symbol": _SYMBOL,
        "time": ("start", "barstart", "time", "timestamp", "datetime", "ts", "date", "session", "sessiondate",
                 "tradedate", "tradingdate", "day"),
        "open": ("open", "openprice", "o"),
        "high": ("high", "highprice", "h"),
        "low": ("low", "lowprice", "l"),
        "close": ("close", "closeprice", "last", "lastprice", "price", "c", "pxlast"),
        "volume": ("volume", "vol", "v", "sharestraded", "pxvolume"),
        "vwap": ("vwap", "vw", "averageprice"),
        "end": ("end", "barend", "endtime"),
        "auction": ("auction",),
        "currency": _CURRENCY,
    },
}  # fmt: skip
REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.EXECUTIONS: ("execution_id", "order_id", "shares", "price", "time"),
    Kind.ORDERS: ("order_id", "symbol", "side", "shares"),
    Kind.PRICES: ("symbol", "time", "close"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a file is which field."""

    used: Mapping[str, str]
    """Our field to the file's own column."""
    unused: tuple[str, ...]
    """Columns that nothing is read from."""
    complaints: tuple[str, ...]
    """A sentence for each field that the file must have and has not, or that is mapped to no column of it."""


def squashed(name: str) -> str:
    """Without case, blanks and punctuation, so that all spellings of a client order id are one name."""
    return re.sub(r"[\W_]+", "", name.casefold())


def match_columns(header: Sequence[str], kind: Kind, mapped: Mapping[str, str]) -> Columns:
    """By the YAML first (`mapped`, our field to the file's column), then by the names that are known."""
    used = {field: column for field, column in mapped.items() if column in header}
    wrong = [f"{kind}.{field}: no column {_shown(column)}" for field, column in mapped.items() if column not in header]
    free = [column for column in header if column not in used.values()]
    for field, names in NAMES[kind].items():
        if field in mapped:
            continue
        column = _first(free, field, names)
        if column is not None:
            used[field] = column
            free.remove(column)
    missing = [field for field in REQUIRED[kind] if field not in used and field not in mapped]
    complaints = [f"{one}; the columns are {_listed(header)}" for one in wrong]
    complaints += [_missing(field, kind, free, header) for field in missing]
    return Columns(used, tuple(free), tuple(complaints))


def _first(free: Sequence[str], field: str, names: Sequence[str]) -> str | None:
    """The field's own name to the letter, else the best of the names that it goes by."""
    if field in free:
        return field
    known = {squashed(column): column for column in reversed(free)}
    return next((known[name] for name in names if name in known), None)


def _missing(field: str, kind: Kind, free: Sequence[str], header: Sequence[str]) -> str:
    near = _nearest(field, NAMES[kind][field], free)
    hint = f"; {_shown(near)} comes nearest" if near else ""
    line = f"{kind}: {{{field}: {_quoted(near or 'NAME OF THE COLUMN')}}}"
    return f"no column for {field} among {_listed(header)}{hint}; write into the file of --columns: {line}"


def _nearest(field: str, names: Sequence[str], free: Sequence[str]) -> str | None:
    by_name = {squashed(column): column for column in free}
    scored = [match for name in (squashed(field), *names) for match in get_close_matches(name, by_name, 1, 0.6)]
    return by_name[scored[0]] if scored else None


def _quoted(name: str) -> str:
    return '"' + _shown(name).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shown(name: str) -> str:
    words = spoken(name) or "(empty)"
    return words if len(words) <= 60 else f"{words[:60]}..."


def _listed(header: Sequence[str]) -> str:
    more = f" and {len(header) - MOST_NAMED} more" if len(header) > MOST_NAMED else ""
    return ", ".join(_shown(name) for name in header[:MOST_NAMED]) + more
