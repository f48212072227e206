"""Write-off as a person finds it in the Prefect UI: the same words, and the same record, as the command."""

from decimal import Decimal
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.commands.write_off import write_off as recorded
from flows.named_end import named_end
from flows.prefect_run import run_log


def _named() -> str:
    given = flow_run.parameters
    what = "take back" if given.get("take_back") else "write off"
    return f"{what} {given.get('symbol')} of {given.get('book')} by {given.get('who')}"


@flow(name="write-off", flow_run_name=_named, persist_result=False)
@named_end
def write_off(
    who: str, because: str, symbol: str, book: str, price: float = 0.0, take_back: bool = False
) -> dict[str, Any]:
    """Count a held position that nobody prices at 0, or at a price you name; it is not traded until taken back.

    Args:
        who: your name, as it stands in the record
        because: why it is worth that
        symbol: a held symbol that neither the data nor the broker prices any more
        book: the book's file or name
        price: USD a share that it counts from now on; 0 is worth nothing
        take_back: let it count and trade again as usual; the price is not looked at then
    """
    told = recorded(book, symbol, who, because, Decimal(str(price)), take_back=take_back, as_json=True)
    price_told = "" if told["price"] is None else f" at {told['price']} USD a share"
    what = told["said"].replace("_", " ")
    run_log().warning("%s of %s: %s%s by %s: %s", symbol, told["book"], what, price_told, told["who"], because)
    return told
