"""Commands by which a person answers: what they say is recorded with their name."""

from decimal import Decimal
from typing import Annotated

import typer

from flows.cli.options import (
    JSON,
    AnyBook,
    BookFile,
    BookName,
    EveryBook,
    Liquidation,
    Session,
    answer,
    kind_of,
    parse_day,
    usd,
    verbs,
)

app = verbs()


@app.command(epilog='Example: steelyard approve demo --who "Ada Byron" --note "as discussed"')
def approve(
    book: BookName,
    who: Annotated[str, typer.Option("--who", help="Your name, as it stands in the record")],
    note: Annotated[str, typer.Option("--note", help="Why")] = "",
    session: Session = None,
    liquidation: Liquidation = False,
    refused: Annotated[bool, typer.Option("--refuse", help="Say no instead")] = False,
    hold: Annotated[bool, typer.Option("--hold", help="Say not yet: the plan goes on waiting, with your note")] = False,
    single: Annotated[
        str,
        typer.Option("--single", help="Orders that go: symbols with commas, or all; needed where each is asked for"),
    ] = "",
    strike: Annotated[
        str,
        typer.Option("--strike", help="Orders that do not go: symbols with commas, or rest for all not in --single"),
    ] = "",
    because: Annotated[str, typer.Option("--because", help="Why orders are struck out")] = "",
    json: JSON = False,
) -> None:
    """Say yes to the newest plan of a book: to its hash, for a time, within a price band. Or no, or not yet.

    In mode manual every order is accepted (--single) or struck out (--strike); in semi_auto those past the book's
    threshold go only when --single names them. What nobody names is not sent.
    """
    from flows.commands.approve import answer_one

    kind, day = kind_of(liquidation), parse_day(session)
    answer(
        lambda: answer_one(
            book,
            day,
            refused=refused,
            held=hold,
            who=who,
            note=note or because,
            as_json=json,
            kind=kind,
            single=single,
            strike=strike,
        ),
        json,
    )


@app.command(epilog='Example: steelyard refuse demo --who "Ada Byron" --note "earnings tonight"')
def refuse(
    book: BookName,
    who: Annotated[str, typer.Option("--who", help="Your name, as it stands in the record")],
    note: Annotated[str, typer.Option("--note", help="Why")] = "",
    session: Session = None,
    liquidation: Liquidation = False,
    json: JSON = False,
) -> None:
    """Say no to the newest plan of a book; holdings stand."""
    from flows.commands.approve import answer_plan

    kind, day = kind_of(liquidation), parse_day(session)
    answer(lambda: answer_plan(book, day, approved=False, who=who, note=note, as_json=json, kind=kind), json)


@app.command(epilog='Example: steelyard adopt books/demo.yaml --who "Ada Byron" --because "the old machine is gone"')
def adopt(
    book: BookFile,
    who: Annotated[str, typer.Option("--who", help="Your name, as it stands in the register")],
    because: Annotated[str, typer.Option("--because", help="Why the other journal will work this book no more")],
    json: JSON = False,
) -> None:
    """Let a book and its accounts belong to this journal from now on, where another one had them."""
    from flows.commands.adopt import adopt_book

    answer(lambda: adopt_book(book, who, because, as_json=json), json)


@app.command(epilog='Example: steelyard explain demo BREAK --who "Ada Byron" --because "spin-off, booked by hand"')
def explain(
    book: BookName,
    break_id: Annotated[str, typer.Argument(help="Id of the break, as `steelyard breaks` prints it")],
    who: Annotated[str, typer.Option("--who", help="Your name")],
    because: Annotated[str, typer.Option("--because", help="What happened")],
    book_it: Annotated[
        bool, typer.Option("--book-it", help="Also book the difference, so that the ledger agrees")
    ] = False,
    proceeds_usd: Annotated[
        Decimal | None,
        typer.Option(
            "--proceeds-usd",
            parser=usd,
            metavar="USD",
            help="With --book-it: USD that shares brought which left, e.g. delisted; 0 for none",
        ),
    ] = None,
    cost_usd: Annotated[
        Decimal | None,
        typer.Option(
            "--cost-usd",
            parser=usd,
            metavar="USD",
            help="With --book-it: USD that shares cost which came, e.g. under an old name; else none",
        ),
    ] = None,
    json: JSON = False,
) -> None:
    """Explain a break, which unlocks its symbol."""
    from flows.commands.approve import explain_break
    from tasks.reconciliation.close import SharesMoney

    money = SharesMoney(proceeds_usd, cost_usd)
    answer(lambda: explain_break(book, break_id, who, because, book_it=book_it, as_json=json, money=money), json)


@app.command(
    "write-off", epilog='Example: steelyard write-off demo DEAD --who "Ada Byron" --because "delisted on Friday"'
)
def write_off(
    book: BookName,
    symbol: Annotated[str, typer.Argument(help="A held symbol that neither the data nor the broker prices any more")],
    who: Annotated[str, typer.Option("--who", help="Your name, as it stands in the record")],
    because: Annotated[str, typer.Option("--because", help="Why it is worth that")],
    price: Annotated[
        Decimal, typer.Option("--price", parser=usd, metavar="USD", help="USD a share that it counts from now on")
    ] = Decimal(0),
    take_back: Annotated[bool, typer.Option("--take-back", help="Let it count and trade again as usual")] = False,
    json: JSON = False,
) -> None:
    """Count a held position that nobody prices at 0, or at a price you name; it is not traded until taken back."""
    from flows.commands.write_off import write_off as recorded

    answer(lambda: recorded(book, symbol, who, because, price, take_back=take_back, as_json=json), json)


@app.command(
    epilog='Example: steelyard resolve KEY --as dead --who "Ada Byron" --because "not in the broker\'s blotter"'
)
def resolve(
    key: Annotated[str, typer.Argument(help="Client order id, as `steelyard unknown` prints it")],
    said: Annotated[str, typer.Option("--as", help="dead: it never reached the market; alive: it did")],
    who: Annotated[str, typer.Option("--who", help="Your name")],
    because: Annotated[str, typer.Option("--because", help="What you saw, and where")],
    json: JSON = False,
) -> None:
    """Say what became of an order without an answer; recorded with your name, used where the broker is silent."""
    from flows.commands.unknown import resolve_order

    answer(lambda: resolve_order(key, said, who, because, as_json=json), json)


@app.command(epilog='Example: steelyard halt demo --who "Ada Byron" --why "prices look wrong"')
def halt(
    who: Annotated[str, typer.Option("--who", help="Your name")],
    why: Annotated[str, typer.Option("--why", help="Why nothing more may be sent")],
    book: AnyBook = None,
    reducing: Annotated[
        bool, typer.Option("--reducing", help="Let orders through that bring a position nearer to zero")
    ] = False,
    every: EveryBook = False,
    json: JSON = False,
) -> None:
    """Send nothing more for a book, or for all; what works is cancelled. Read before every single order."""
    from flows.commands.halt import halt_book

    answer(lambda: halt_book(book, who, why, reducing=reducing, every=every, as_json=json), json)


@app.command(epilog='Example: steelyard heartbeat --who "Ada Byron" --every 60')
def heartbeat(
    who: Annotated[str, typer.Option("--who", help="Your name")],
    every: Annotated[
        float | None, typer.Option("--every", help="Seconds: say it again and again until Ctrl-C; empty: once")
    ] = None,
    json: JSON = False,
) -> None:
    """Say that you are there: books whose risk.heartbeat is of their operator trade only as long as you do."""
    from flows.commands.heartbeat import give_heartbeat

    answer(lambda: give_heartbeat(who, every, as_json=json), json)


@app.command(epilog='Example: steelyard resume demo --who "Ada Byron" --because "the feed is back"')
def resume(
    who: Annotated[str, typer.Option("--who", help="Your name")],
    because: Annotated[str, typer.Option("--because", help="Why it is safe to trade again")],
    book: AnyBook = None,
    every: EveryBook = False,
    session: Annotated[
        str | None, typer.Option("--session", help="A session that was cancelled: let the rest of its plan go on")
    ] = None,
    liquidation: Liquidation = False,
    json: JSON = False,
) -> None:
    """Let a halted or reducing book trade again; says who or which breaker had stopped it, and its figures.

    With --session, a session that a person cancelled goes on with the rest of its plan.
    """
    from flows.commands.halt import resume_book
    from flows.commands.resume import resume_session

    if (day := parse_day(session)) is not None:
        kind = kind_of(liquidation)
        answer(lambda: resume_session(book or "", day, who, because, as_json=json, kind=kind), json)
    answer(lambda: resume_book(book, who, because, every=every, as_json=json), json)
