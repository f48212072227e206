"""The simulated broker: its account is a file of the home, and no real money is traded."""

from collections.abc import Iterator
from pathlib import Path

from tasks.book.broker import OneBroker
from tasks.brokers.registration import Flaw, Opening, Place, Registration
from tasks.ports.broker import Broker

NAME = "simulated"


def _open(one: OneBroker, opening: Opening) -> Broker:
    from tasks.brokers.simulated.factory import open_simulated

    return open_simulated(one, opening.home, opening.source, opening.hours, live=opening.live)


def _flaws(above: Place, one: OneBroker, live: bool) -> Iterator[Flaw]:
    del live
    account, section = one.simulated, (*above, NAME)
    if not account.opening_cash_usd and not account.opening_shares:
        problem, remedy = "a new account would hold nothing at all", "give it cash, or give it opening_shares"
        place, other = (*section, "opening_cash_usd"), (*section, "opening_shares")
        yield Flaw(place, account.opening_cash_usd, problem, remedy, (other,))
    for symbol, shares in account.opening_shares.items():
        if shares % 1 and not account.fractional:
            takes = (*section, "fractional")
            remedy = f"round it, or set {'.'.join(takes)}: true"
            place = (*section, "opening_shares", symbol)
            yield Flaw(place, shares, "this broker holds whole shares only", remedy, (takes,))


def _account_file(one: OneBroker, home: Path) -> Path:
    return home / "broker" / f"{one.account}.sqlite"


SIMULATED = Registration(
    name=NAME,
    title="the simulated broker",
    open=_open,
    is_simulated=True,
    takes_fractions=lambda one: one.simulated.fractional,
    fractions="fractional: true",
    flaws=_flaws,
    account_file=_account_file,
)
