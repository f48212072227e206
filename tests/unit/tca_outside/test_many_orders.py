"""Orders measured in columns come to the same figures, cell by cell, as the same orders measured one by one."""

import csv
import io
import random
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from flows.commands.tca import cover_of
from tasks.tca.outside.column_names import Kind
from tasks.tca.outside.outside_files import outside_contents
from tasks.tca.outside.outside_report import OutsideAnalysis, analyse
from tasks.tca.outside.prepare import MOST_ONE_BY_ONE, prepare
from tasks.tca.outside.read_files import read_tables
from tasks.tca.outside.settings import settings_of
from tasks.tca.shortfall import Convention

OPEN = datetime(2022, 6, 15, 13, 30, tzinfo=UTC)
MINUTES = 390
SYMBOLS = ("ABC", "XYZ", "DAY", "NONE")
"""Two with bars on three days, one with daily prices alone, one without any."""


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_is_the_same(tmp_path, seed):
    files = written(tmp_path, random.Random(seed), of_minutes=seed % 2 == 0)
    values = {"units": {"price": "0.01", "shares": "2", "fee": "-1"}} if seed == 5 else {}
    one_by_one, in_columns = measured(files, values, MOST_ONE_BY_ONE), measured(files, values, 0)
    assert in_columns.found.many is not None
    assert len(in_columns.report.orders) > 40
    for field in fields(one_by_one.report):
        assert getattr(in_columns.report, field.name) == getattr(one_by_one.report, field.name), field.name
    wanted, found = outside_contents(one_by_one), outside_contents(in_columns)
    for name in ("orders.csv", "fills.csv"):
        assert cells(found[name]) == cells(wanted[name]), name
    assert found["left_out.csv"] == wanted["left_out.csv"]
    assert found["report.json"] == wanted["report.json"]


def test_a_page_of_many_shows_the_largest_and_the_dearest_and_its_total_has_all(tmp_path):
    files = written(tmp_path, random.Random(1), of_minutes=False, count=400)
    found = measured(files, {}, 0)
    total, shown = found.report.orders_in_all, found.report.orders
    assert total > 320
    assert len(shown) <= 300
    assert sum(group.orders + group.left_out for group in found.report.groups[0].lines) == total
    one_by_one = measured(files, {}, MOST_ONE_BY_ONE)
    assert [line.order_id for line in shown] == [line.order_id for line in one_by_one.report.orders]


def test_bars_that_overlap_are_measured_one_by_one(tmp_path):
    files = written(tmp_path, random.Random(2), of_minutes=True)
    prices = files[Kind.PRICES]
    with prices.open("a") as file:
        file.write("ABC,2022-06-15T13:30:30Z,2022-06-15T15:00:00Z,50,50,50,50,1000,50,\n")
    found = measured(files, {}, 0)
    assert found.found.many is None
    assert found.report.orders_in_all > 40


def test_a_share_of_the_daily_volume_is_rounded_alike(tmp_path):
    """0.0000005 and 0.0000015 are floats a little off the half; both ways round what the float's words say."""
    rows = [f"O{number},ABC,BUY,{number},10,10,{10**7}" for number in range(5, 400, 10)]
    files = {kind: tmp_path / f"{kind.value}.csv" for kind in (Kind.EXECUTIONS, Kind.ORDERS)}
    files[Kind.EXECUTIONS].write_text(
        "execution_id,order_id,shares,price,time\n"
        + "".join(f"{row.split(',')[0]},{row.split(',')[0]},1,10,2022-06-15T14:00:00Z\n" for row in rows)
    )
    head = "order_id,symbol,side,shares,decision_price,arrival_price,adv_shares"
    files[Kind.ORDERS].write_text("\n".join([head, *rows]) + "\n")
    shares = [
        [row["share_of_adv"] for row in csv.DictReader(io.StringIO(outside_contents(found)["orders.csv"].decode()))]
        for found in (measured(files, {}, MOST_ONE_BY_ONE), measured(files, {}, 0))
    ]
    assert shares[0] == shares[1]
    assert "0.000002" in shares[0]


@pytest.mark.parametrize("most_one_by_one", [0, MOST_ONE_BY_ONE])
@pytest.mark.parametrize(("day", "known"), [("2022-06-05", True), ("2022-06-04", False)])
def test_a_previous_close_more_than_ten_days_old_is_not_known(tmp_path, most_one_by_one, day, known):
    files = {kind: tmp_path / f"{kind.value}.csv" for kind in Kind}
    files[Kind.EXECUTIONS].write_text("execution_id,order_id,shares,price,time\n1,A,10,10,2022-06-15T14:00:00Z\n")
    files[Kind.ORDERS].write_text("order_id,symbol,side,shares,arrival_price\nA,ABC,BUY,10,10\n")
    files[Kind.PRICES].write_text(f"symbol,date,close\nABC,{day},9.50\nABC,2022-06-15,10.40\n")
    found = outside_contents(measured(files, {}, most_one_by_one))["orders.csv"].decode()
    (row,) = csv.DictReader(io.StringIO(found))
    assert row["previous close price"] == ("9.500000" if known else "")


@pytest.mark.parametrize("most_one_by_one", [0, MOST_ONE_BY_ONE])
@pytest.mark.parametrize(
    ("arrival", "remedy"),
    [
        ("", "or its arrival_at: without one nobody knows which of the prices of --prices it met"),
        ("2022-06-14T14:00:00Z", "or its arrival_at and give --prices with bars of its symbol and day"),
    ],
)
def test_an_order_without_a_price_is_told_what_the_prices_lack(tmp_path, most_one_by_one, arrival, remedy):
    files = {kind: tmp_path / f"{kind.value}.csv" for kind in Kind}
    files[Kind.EXECUTIONS].write_text(
        "execution_id,order_id,shares,price,time\n1,A,10,10,2022-06-15T14:00:00Z\n2,B,10,10,2022-06-15T14:00:00Z\n"
    )
    files[Kind.ORDERS].write_text(
        f"order_id,symbol,side,shares,arrival_at,arrival_price\nA,ABC,BUY,10,{arrival},\nB,ABC,BUY,10,,10\n"
    )
    files[Kind.PRICES].write_text("symbol,time,close\nABC,2022-06-15T14:00:00Z,10.40\n")
    problems = measured(files, {}, most_one_by_one).found.problems
    (found,) = problems.loc[problems["field"] == "arrival_price", "remedy"]
    assert found.endswith(remedy)


def measured(files: dict[Kind, Path], values: Mapping[str, object], most_one_by_one: int) -> OutsideAnalysis:
    settings = settings_of(values, "columns.yaml")
    found = prepare(read_tables(list(files.items())), settings, most_one_by_one)
    return analyse(found, cover_of(found, settings), Convention.WHOLE_ORDER)


def cells(text: bytes) -> list[dict[str, object]]:
    """Numbers by their value: a row need not have the noughts of another one."""
    return [{name: _value(cell) for name, cell in row.items()} for row in csv.DictReader(io.StringIO(text.decode()))]


def _value(cell: str) -> object:
    try:
        return Decimal(cell)
    except InvalidOperation:
        return cell


def written(folder: Path, rng: random.Random, *, of_minutes: bool, count: int = 60) -> dict[Kind, Path]:
    """Orders of all kinds: without times, prices, fills or names, over several days, filled in part and too far."""
    texts = {
        Kind.EXECUTIONS: ["execution_id,order_id,shares,price,time,fee,venue,status,refers_to"],
        Kind.ORDERS: [
            "order_id,symbol,side,shares,decided_at,decision_price,arrival_at,arrival_price,ended_at,end_price,"
            "algorithm,broker,sector,adv_shares"
        ],
        Kind.PRICES: ["symbol,time,end,open,high,low,close,volume,vwap,auction"],
    }
    for number in range(count):
        order, fills = an_order(rng, f"O{number:03d}")
        texts[Kind.ORDERS].append(order)
        texts[Kind.EXECUTIONS] += fills
    texts[Kind.PRICES] += the_market(rng, of_minutes=of_minutes)
    files = {kind: folder / f"{kind.value}.csv" for kind in texts}
    for kind, lines in texts.items():
        files[kind].write_text("\n".join(lines) + "\n")
    return files


def an_order(rng: random.Random, name: str) -> tuple[str, list[str]]:
    def maybe(value: object, often: float = 0.7) -> object:
        return value if rng.random() < often else ""

    arrival = OPEN + timedelta(days=rng.randint(0, 2), seconds=rng.randint(-1800, MINUTES * 60 + 1800))
    shares = rng.choice([100, 1000, 2500.5, 1e3])
    fills = [
        f"{name}-{number},{name},{shares / rng.choice([2, 3, 4]):.4f},{price(rng)},"
        f"{stamp(arrival + timedelta(seconds=rng.randint(-300, 30_000), microseconds=rng.choice([0, 0, 250_000])))},"
        f"{maybe(round(rng.uniform(-1, 5), 3))},{rng.choice(['XNYS', '=1+1', ''])},new,"
        for number in range(rng.randint(0, 4))
    ]
    if fills and rng.random() < 0.2:
        fills.append(f"{name}-bust,{name},1,1,{stamp(arrival)},,,bust,{name}-0")
    ended = arrival + timedelta(seconds=rng.randint(0, 90_000))
    row = (
        *(name, rng.choice(SYMBOLS), rng.choice(["BUY", "SELL"]), shares),
        *(maybe(stamp(arrival - timedelta(hours=1))), maybe(price(rng)), maybe(stamp(arrival)), maybe(price(rng), 0.5)),
        *(maybe(stamp(ended), 0.4), maybe(price(rng), 0.3)),
        *(maybe("vwap"), maybe("-North"), maybe("Technology"), maybe(rng.randint(1000, 10**6))),
    )
    return ",".join(str(cell) for cell in row), fills


def the_market(rng: random.Random, *, of_minutes: bool) -> list[str]:
    rows: list[str] = []
    for symbol in ("ABC", "XYZ"):
        for day in range(3):
            start = OPEN + timedelta(days=day)
            length = timedelta(minutes=1 if of_minutes else 30)
            if symbol == "ABC":
                rows.append(f"{symbol},{stamp(start)},{stamp(start)},,,,{price(rng)},5000,,open")
            for number in range(int(timedelta(minutes=MINUTES) / length)):
                at, opened, closed = start + number * length, price(rng), price(rng)
                vwap = price(rng) if symbol == "ABC" else ""
                rows.append(
                    f"{symbol},{stamp(at)},{stamp(at + length)},{opened},"
                    f"{max(opened, closed) + 1},{min(opened, closed) - 1},{closed},"
                    f"{rng.choice([0, 20, 400])},{vwap},"
                )
            if symbol == "ABC":
                end = start + timedelta(minutes=MINUTES)
                rows.append(f"{symbol},{stamp(end)},{stamp(end)},,,,{price(rng)},9000,{price(rng)},close")
    return rows


def price(rng: random.Random) -> float:
    return round(rng.uniform(45, 55), rng.choice([0, 2, 4]))


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
