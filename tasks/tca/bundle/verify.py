"""Checks an exported session with nothing but Python: `python3 verify.py [FOLDER | FILE.zip] [--anchor NUMBER:SHA256]`.

Needs Python 3.9 or newer, no package and no network. Exit status: 0 everything fits; 1 something does not; 2 wrong use.
It restates the rules of the record and shares no line with the program that wrote it.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any

KEYS = {
    "allocations": ("order_id", "account"), "approvals": ("id",), "attempts": ("cycle_id", "attempt"),
    "breaks": ("break_id",), "cancellations": ("id",), "explanations": ("break_id",),
    "fills": ("broker", "execution_id"), "findings": ("id",), "halts": ("id",), "lease_log": ("book", "token"),
    "order_events": ("id",), "order_marks": ("order_id", "kind"), "orders": ("order_id",), "plans": ("plan_hash",),
    "quotes_seen": ("key", "moment", "execution_id"),
    "reports": ("id",), "reruns": ("id",), "resolutions": ("id",), "reviews": ("id",),
    "session_runs": ("flow_run_id", "token"), "slices": ("key",), "steps": ("cycle_id", "attempt", "step"),
    "targets": ("cycle_id", "attempt", "symbol"), "tickets": ("key",), "valuations": ("book", "session"),
    "waves": ("cycle_id", "number"), "write_offs": ("id",),
}  # fmt: skip
"""The columns that name a row of each table."""
CENT = Decimal("0.01")
PARTS = ("delay_usd", "trading_usd", "opportunity_usd", "fees_usd")
LEVELS = ("by_side", "by_algorithm", "by_sector", "by_broker", "by_account", "by_size", "by_liquidity")
CANNOT_KNOW = (
    "Whether the end of the chain is the one that was noted elsewhere: whoever can write the database can write all of "
    "it anew, and this folder too. Ask for an anchor that was kept apart, and give it with --anchor.",
    "Whether prices of the market, and official closes, were as the report says: they are not enclosed.",
    "Whether rows that the report does not name, approvals and words of reviewers among them, were left out: the chain "
    "has their entries, and does not say whose they are.",
    "Whether the broker's word was true, who stood behind a name, and whether review.html, README.txt, methodology.md "
    "and this verifier are those that were made: manifest.json alone says so. Compare with a SHA-256 from elsewhere.",
)
Json = Mapping[str, Any]
Rows = Mapping[str, Mapping[str, Json]]
"""By table, by key."""


def main(words: list[str]) -> int:
    """Print what was checked, what is wrong, and what nobody can know from this folder alone."""
    anchor = words[words.index("--anchor") + 1] if "--anchor" in words[:-1] else ""
    places = [word for word in words if word not in ("--anchor", anchor)]
    if len(places) > 1 or any(word.startswith("-") for word in places) or (anchor and anchor.count(":") != 1):
        print(__doc__)
        return 2
    try:
        files = files_at(Path(places[0]) if places else Path(__file__).resolve().parent)
        said, flaws = checked(files, anchor)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, zipfile.BadZipFile) as error:
        print(f"WRONG  this is no export that can be read: {type(error).__name__}: {shown(error)}")
        return 1
    for sentence in said:
        print(f"ok     {shown(sentence)}")
    for sentence in flaws:
        print(f"WRONG  {shown(sentence)}")
    print("\nWhat this cannot know:")
    for sentence in CANNOT_KNOW:
        print(f"  - {sentence}")
    print(f"\n{'WRONG: ' + str(len(flaws)) + ' found' if flaws else 'Everything that is enclosed fits together.'}")
    return 1 if flaws else 0


def shown(text: object) -> str:
    """Nothing in a name steers a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def files_at(place: Path) -> dict[str, bytes]:
    """Every file by its path below the folder of manifest.json."""
    if place.is_dir():
        found = {p.relative_to(place).as_posix(): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}
    else:
        with zipfile.ZipFile(place) as archive:
            if len(set(archive.namelist())) != len(archive.namelist()):
                raise ValueError("a name stands twice in the file")
            found = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    top = next((name[: -len("manifest.json")] for name in found if name.split("/")[-1] == "manifest.json"), None)
    if top is None:
        raise ValueError("there is no manifest.json")
    return {name[len(top) :] if name.startswith(top) else f"../{name}": text for name, text in found.items()}


def checked(files: Mapping[str, bytes], anchor: str = "") -> tuple[list[str], list[str]]:
    """(what fits, what does not), both as sentences."""
    manifest = json.loads(files["manifest.json"])
    chain = [json.loads(line) for line in files["chain.jsonl"].splitlines()]
    rows, wrong_rows = read_rows(files, chain)
    report = json.loads(files["report/report.json"])
    checks = (
        (f"the files have the hashes of the manifest: {len(manifest['files'])}", files_fit(files, manifest)),
        (f"the entries of the chain follow from one another: {len(chain)}", chain_fits(chain, manifest["chain"])),
        (f"the rows are what the chain has hashed: {sum(map(len, rows.values()))}", wrong_rows),
        ("the report's files are those on record", report_fits(files, rows)),
        ("every entry that the report names is there with its row", entries_fit(report, chain, rows)),
        (f"the shortfall of each order follows from its marks and fills: {len(report['orders'])}",
         [flaw for order in report["orders"] for flaw in order_fits(order, rows, report["cover"]["convention"])]
         + orders_fit(report, rows)),
        ("every total is the sum of its orders", sums_fit(report)),
        (f"the chain passes through the anchor {anchor}", anchor_fits(chain, anchor)),
    )  # fmt: skip
    said: list[str] = []
    flaws: list[str] = []
    for sentence, found in checks[: None if anchor else -1]:
        wrong = list(found)
        flaws += wrong
        said += [] if wrong else [sentence]
    said.append(f"the chain that is enclosed ends with entry {chain[-1]['seq']}, {chain[-1]['sha256']}")
    said += [f"{name} is {sha256(files[name])}" for name in ("manifest.json", "verify.py") if name in files]
    return said, flaws


def sha256(text: bytes) -> str:
    """Hex."""
    return hashlib.sha256(text).hexdigest()


# --- files, chain and rows --------------------------------------------------------------------------------------------


def files_fit(files: Mapping[str, bytes], manifest: Json) -> Iterator[str]:
    """What is missing, was swapped or was put in."""
    for name, recorded in manifest["files"].items():
        if name not in files:
            yield f"{name} is missing"
        elif sha256(files[name]) != recorded:
            yield f"{name} is not the file that the manifest names"
    for name in files:
        if name not in manifest["files"] and name != "manifest.json":
            yield f"{name} is not in the manifest"


def chain_fits(chain: list[Json], whole: Json) -> Iterator[str]:
    """Each entry's hash is SHA-256 of `hash before|number|table|key|hash of the row`; from first to last none lacks."""
    last: Json = {"seq": 0, "sha256": "0" * 64}
    for entry in chain:
        link = f"{entry['before']}|{entry['seq']}|{entry['table']}|{entry['key']}|{entry['row_sha256']}"
        if sha256(link.encode()) != entry["sha256"]:
            yield f"entry {entry['seq']} of the chain ({entry['table']} {entry['key']}) does not follow from its parts"
        if entry["seq"] == last["seq"] + 1 and entry["before"] != last["sha256"]:
            yield f"entry {entry['seq']} of the chain does not follow from entry {last['seq']}"
        elif entry["seq"] != last["seq"] + 1 and whole["first"] < entry["seq"] <= whole["through"]:
            yield f"before entry {entry['seq']} of the chain some are missing, after {last['seq']}"
        last = entry
    numbers = [entry["seq"] for entry in chain]
    for number in (whole["first"], whole["through"]):
        if number not in numbers:
            yield f"entry {number} of the chain is missing"


def read_rows(files: Mapping[str, bytes], chain: Iterable[Json]) -> tuple[Rows, list[str]]:
    """A line is the row as it was hashed: a JSON object by column name, without spaces, in ASCII."""
    entered = {(entry["table"], entry["key"]): entry["row_sha256"] for entry in chain}
    rows: dict[str, dict[str, Json]] = {table: {} for table in KEYS}
    flaws: list[str] = []
    for table, columns in KEYS.items():
        for number, line in enumerate(files.get(f"rows/{table}.jsonl", b"").splitlines(), start=1):
            row = json.loads(line)
            key = key_of([row[column] for column in columns])
            again = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
            if key in rows[table]:
                flaws.append(f"rows/{table}.jsonl, line {number}: {key} stands there twice")
            elif (table, key) not in entered:
                flaws.append(f"rows/{table}.jsonl, line {number}: {key} has no entry in the chain")
            elif again != line or sha256(line) != entered[table, key]:
                flaws.append(f"rows/{table}.jsonl, line {number}: {key} is not the row that the chain has hashed")
            rows[table][key] = row
    return rows, flaws


def key_of(values: list[Any]) -> str:
    """As the chain writes the key of a row."""
    return str(values[0]) if len(values) == 1 else json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def anchor_fits(chain: Iterable[Json], anchor: str) -> Iterator[str]:
    """Whether the chain has this entry with this hash."""
    (number, _, hashed), known = anchor.partition(":"), {str(entry["seq"]): entry["sha256"] for entry in chain}
    if number not in known:
        yield f"entry {number}, which was anchored, is not enclosed; ask for an export that reaches it"
    elif known[number] != hashed:
        yield f"entry {number} was anchored as {hashed}, and the chain has {known[number]}: it was written anew"


# --- the report -------------------------------------------------------------------------------------------------------


def report_fits(files: Mapping[str, bytes], rows: Rows) -> Iterator[str]:
    """The newest row of `reports` has the hash of every file of the report."""
    written = sorted(rows["reports"].values(), key=lambda row: row["id"])
    recorded: Json = written[-1]["summary"]["files"] if written else {"report.json": "no report is on record"}
    for name, hashed in recorded.items():
        if sha256(files.get(f"report/{name}", b"")) != hashed:
            yield f"report/{name} is not the file that is on record"


def entries_fit(report: Json, chain: Iterable[Json], rows: Rows) -> Iterator[str]:
    """Each order's entries, as the report has them, in the chain; and their rows."""
    known = {entry["seq"]: entry for entry in chain}
    for order in report["orders"]:
        for named in order["trail"]["entries"]:
            name, entry = f"{named['table_name']} {named['row_key']}", known.get(named["seq"])
            if entry is None or (entry["sha256"], entry["key"]) != (named["sha256"], named["row_key"]):
                yield f"entry {named['seq']} ({name}) of order {order['order_id']} is not what the report names"
            if named["row_key"] not in rows.get(named["table_name"], {}):
                yield f"{name} of order {order['order_id']} is not enclosed"


def orders_fit(report: Json, rows: Rows) -> list[str]:
    """The report has every order of its plan that is on record, and no other."""
    named = {order["order_id"] for order in report["orders"]}
    known = {key for key, row in rows["orders"].items() if row["plan_hash"] == report["cover"]["plan_hash"]}
    return [f"order {one} is not both in the report and among the rows" for one in sorted(named ^ known)]


def order_fits(order: Json, rows: Rows, convention: str) -> Iterator[str]:
    """Its shortfall from first principles: paper return less actual return, part by part."""
    name, row = order["order_id"], rows["orders"].get(order["order_id"])
    if row is None:
        return  # told by `orders_fit`
    fills = standing(row, rows)
    told = {fill["execution_id"]: tuple(map(Decimal, (fill["shares"], fill["price"], fill["fee"]))) for fill in fills}
    shown_fills = {f["execution_id"]: tuple(map(Decimal, (f["shares"], f["price"], f["fee"]))) for f in order["fills"]}
    if told != shown_fills:
        yield f"order {name}: the report's fills are not those on record"
    with localcontext(Context(prec=60)):
        exact = shortfall(row, fills, marks_of(name, rows), order["end_price"], convention)
        yield from costs_fit(name, order["costs"], exact, row)


def standing(order: Json, rows: Rows) -> list[Json]:
    """Executions of an order's slices that no other execution corrects."""
    keys = {key for key, row in rows["slices"].items() if row["order_id"] == order["order_id"]}
    fills = [row for row in rows["fills"].values() if row["key"] in keys]
    corrected = {row["supersedes"] for row in fills if row.get("supersedes")}
    return [row for row in fills if row["execution_id"] not in corrected]


def marks_of(order_id: str, rows: Rows) -> dict[str, Decimal]:
    """USD a share at arrival and at the end, as far as somebody recorded them."""
    return {row["kind"]: Decimal(row["price"]) for row in rows["order_marks"].values() if row["order_id"] == order_id}


def shortfall(
    order: Json, fills: list[Json], marks: Mapping[str, Decimal], end_told: str | None, convention: str
) -> list[Decimal | None]:
    """Delay, trading, opportunity, fees in USD; positive is a cost; None is not known."""
    sign = 1 if order["side"] == "BUY" else -1
    shares, decision = Decimal(order["shares"]), Decimal(order["decision_price"])
    filled = sum((Decimal(f["shares"]) for f in fills), Decimal(0))
    value = sum((Decimal(f["shares"]) * Decimal(f["price"]) for f in fills), Decimal(0))
    fees = sum((Decimal(f["fee"]) for f in fills), Decimal(0))
    arrival, whole = marks.get("arrival"), convention == "whole_order"
    start = decision if arrival is None else arrival
    end = marks.get("end", None if end_told is None else Decimal(end_told))
    delay = None if arrival is None else sign * (shares if whole else filled) * (arrival - decision)
    left = shares - filled
    missed = None if end is None else sign * left * (end - (start if whole else decision))
    return [delay, sign * (value - filled * start), missed if left else Decimal(0), fees]


def costs_fit(name: str, costs: Json, exact: list[Decimal | None], order: Json) -> Iterator[str]:
    """Each part is off by less than a cent, the total by half of one, and the unrounded total by nothing."""
    total = None if exact[2] is None else sum((part for part in exact if part is not None), Decimal(0))
    for part, wanted in zip(PARTS, exact):  # noqa: B905 (Python 3.9 has no `strict`)
        told = costs[part]
        if (told is None) != (wanted is None) or (wanted is not None and abs(Decimal(told) - wanted) >= CENT):
            yield f"order {name}: {part} is {told} in the report, and {wanted} from the record"
    told, shown_total = costs["unrounded_total_usd"], costs["total_usd"]
    if (told is None) != (total is None) or (total is not None and Decimal(told) != total):
        yield f"order {name}: the unrounded total is {told} in the report, and {total} from the record"
    if total is not None and (shown_total is None or abs(Decimal(shown_total) - total) > CENT / 2):
        yield f"order {name}: total_usd is {shown_total} in the report, and {total} from the record"
    paper, told = Decimal(order["shares"]) * Decimal(order["decision_price"]), costs["paper_notional_usd"]
    if abs(Decimal(told) - paper) > CENT / 2:
        yield f"order {name}: its paper notional is {told} in the report, and {paper} on record"


def sums_fit(report: Json) -> Iterator[str]:
    """To the cent, at every level; orders without a known total are in none."""
    whole = [order["costs"] for order in report["orders"] if order["costs"]["total_usd"] is not None]
    total = report["total"]["costs"]
    for field in (*PARTS, "total_usd"):
        levels = {"its orders": whole, **{level: [group["costs"] for group in report[level]] for level in LEVELS}}
        for level, costs in levels.items():
            found = sum((Decimal(one[field]) for one in costs if one[field] is not None), Decimal(0))
            if found != Decimal(total[field] or 0):
                yield f"{field} is {total[field]} in total, and {found} as the sum of {level.replace('_', ' ')}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
