"""Words for buying and selling, and for what an execution report is, as desks and FIX write them. Pure."""

from collections.abc import Mapping

SIDES: Mapping[str, str] = {
    **dict.fromkeys(("buy", "b", "1", "bot", "bought", "buy to cover", "cover", "btc", "bc", "buy minus", "3"), "BUY"),
    **dict.fromkeys(
        ("sell", "s", "2", "sld", "sold", "sell short", "short", "ss", "5", "sell short exempt", "6", "sell plus", "4"),
        "SELL",
    ),
}
"""FIX tag 54: 1 buy, 2 sell, 3 buy minus, 4 sell plus, 5 sell short, 6 sell short exempt."""

NEW, BUST, CORRECT = "new", "bust", "correct"
_PLAIN: Mapping[str, str] = {
    **dict.fromkeys(
        ("", "new", "n", "fill", "filled", "partial", "partial fill", "partially filled", "trade", "f", "executed"), NEW
    ),
    **dict.fromkeys(("bust", "busted", "cancel", "cancelled", "canceled", "trade cancel", "void", "h"), BUST),
    **dict.fromkeys(("correct", "corrected", "correction", "amend", "amended", "trade correct", "g"), CORRECT),
}
_TRANSACTION: Mapping[str, str] = {**_PLAIN, "0": NEW, "1": BUST, "2": CORRECT}
"""FIX tag 20, ExecTransType."""
_TYPE: Mapping[str, str] = {**_PLAIN, "1": NEW, "2": NEW}
"""FIX tag 150, ExecType: 1 partial fill and 2 fill until FIX 4.2, F trade since, H trade cancel, G trade correct."""


def statuses_of(column: str) -> Mapping[str, str]:
    """The words of a status column; two of FIX's use the same digits for different things."""
    return {"exectranstype": _TRANSACTION, "exectype": _TYPE}.get(column, _PLAIN)
