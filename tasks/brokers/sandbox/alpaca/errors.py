"""The exchange's refusals in Alpaca's statuses, codes and words."""

from dataclasses import dataclass
from typing import Any

from tasks.brokers.simulated.engine.accept import Refusal


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; a body that is text goes out as HTML."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    goes_on: bool = False
    """Whether heartbeats follow its text for as long as somebody listens."""


DUPLICATE = Reply(422, {"code": 40010001, "message": "client_order_id must be unique"})
UNAUTHORIZED = Reply(401, {"message": "unauthorized."})
NO_SUCH_ORDER = Reply(404, {"code": 40410000, "message": "order not found"})
NO_SUCH_PLACE = Reply(404, {"code": 40410000, "message": "endpoint not found"})
TOO_MANY = {"code": 42910000, "message": "too many requests."}
GATEWAY = "<html><head><title>504 Gateway Time-out</title></head></html>"

CODES = {
    "unknown_account": (403, 40310000, "account is not authorized to trade"),
    "shares_not_positive": (422, 40010001, "qty must be > 0"),
    "wrong_share_step": (403, 40310000, "asset is not fractionable"),
    "price_on_market_order": (422, 40010001, "market orders must not have a limit price"),
    "limit_price_missing": (422, 40010001, "limit orders require limit price"),
    "stop_price_missing": (422, 40010001, "stop orders require stop price"),
    "wrong_terms": (422, 42210000, "order terms do not go together"),
    "wrong_price_step": (422, 42210000, "sub-penny increment does not fulfill minimum pricing criteria"),
    "market_closed": (403, 40310000, "market is closed"),
    "opening_auction_over": (403, 40310000, "opg orders must be submitted after 7:00pm and before 9:28am"),
    "unknown_symbol": (422, 42210000, "asset not found"),
    "crosses_zero": (403, 40310000, "insufficient qty available for order"),
    "fractional_short": (422, 42210000, "fractional orders cannot be sold short"),
    "insufficient_buying_power": (403, 40310000, "insufficient buying power"),
    "cancel_refused": (422, 42210000, "order is not cancelable"),
    "unknown_order": (404, 40410000, "order not found"),
}


def refused(refusal: Refusal) -> Reply:
    """With the status and code that Alpaca gives this refusal."""
    status, code, message = CODES.get(refusal.code, (422, 42210000, refusal.code))
    return Reply(status, {"code": code, "message": message, "detail": str(refusal)})


def bad_request(message: str) -> Reply:
    """422, as Alpaca answers what it cannot read."""
    return Reply(422, {"code": 40010001, "message": message})


def already_over(status: str) -> Reply:
    """422; `status` in Alpaca's own word."""
    return Reply(422, {"code": 42210000, "message": f'order is already in "{status}" state'})
