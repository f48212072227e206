"""A book file that is right says what was meant, whatever YAML, the environment or the folder would make of it."""

import hashlib
import re
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from book_desk import SECTORS, SHORTEST, complaints, load
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.book_file import load_book
from flows.book_file.env_vars import fill
from flows.book_file.errors import looks_secret
from flows.book_file.load import recorded_book
from flows.book_file.schema import example, section_of
from flows.book_file.template import book_template, needs
from tasks.book.model import Book
from tasks.errors import ConfigError

BOOKS = Path(__file__).parents[4] / "books"
EXAMPLES = ("demo", "index", "long_short")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_books_load_without_a_doubt(name):
    loaded = load_book(BOOKS / f"{name}.yaml", {})
    assert loaded.warnings == ()
    assert loaded.sha256 == hashlib.sha256((BOOKS / f"{name}.yaml").read_bytes()).hexdigest()


def test_the_template_loads_as_it_is_and_holds_every_setting(tmp_path):
    loaded = load(tmp_path, book_template())
    assert loaded.warnings == ()
    named = {line.strip().removeprefix("# ").split(":")[0] for line in book_template().splitlines()}
    assert _names(Book) <= named


def _names(section) -> set[str]:
    inner = [info.annotation for info in section.model_fields.values() if hasattr(info.annotation, "model_fields")]
    return set(section.model_fields).union(*map(_names, inner))


UNIVERSE = "symbol,sector,esg_score,carbon_intensity\n" + "".join(f"{s},Energy,50,5\n" for s in ("AAPL", "MSFT", "XOM"))


def _settings(template: str) -> list[tuple[tuple[str, ...], int]]:
    """Every setting of the template with the number of its line, commented out or not."""
    found, above = [], list[str]()
    for number, line in enumerate(template.splitlines()):
        named = re.match(r"( *)(?:# )?([a-z_]+):", line)
        if named and (path := (*above[: len(named[1]) // 2], named[2])) in ALL_SETTINGS:
            above = list(path)
            found.append((path, number))
    return found


def _paths(section, above=()) -> dict:
    """Every setting below a section, by its path."""
    found = {}
    for name, info in section.model_fields.items():
        found[(*above, name)] = info
        if section_of(info.annotation):
            found |= _paths(section_of(info.annotation), (*above, name))
    return found


ALL_SETTINGS = _paths(Book)
EXAMPLES_SHOWN = [
    path
    for path, info in ALL_SETTINGS.items()
    if section_of(info.annotation) is None and info.default in (None, {}, ()) and not info.is_required()
]


@pytest.mark.parametrize("path", EXAMPLES_SHOWN, ids=".".join)
def test_every_example_of_the_template_loads_when_it_is_taken_at_its_word(tmp_path, path):
    """Uncommented where it is a comment; with what its own words say it goes with where they say so."""
    weights = "symbol,weight_pct\nAAPL,25\nMSFT,25\nXOM,25\n"
    for file, text in (("universe.csv", UNIVERSE), ("weights.csv", weights), ("prices.csv", "")):
        (tmp_path / file).write_text(text)
    template = book_template()
    lines, at = template.splitlines(), dict(_settings(template))
    shown = example(path[-1], ALL_SETTINGS[path])
    if lines[at[path]].strip().startswith("# "):
        assert lines[at[path]].strip() == f"# {shown}"
    said = " ".join(line.strip(" #") for line in lines)
    for needed, value in {**needs(path), path: shown.partition(": ")[2]}.items():
        if needed != path:
            assert f"`{'.'.join(needed)}: {value}`" in said
        lines[at[needed]] = "  " * (len(needed) - 1) + f"{needed[-1]}: {value}"
    (tmp_path / "mine.yaml").write_text("\n".join(lines) + "\n")
    load_book(tmp_path / "mine.yaml", {})


def test_the_template_says_nothing_but_the_defaults(tmp_path):
    """What it sets beyond name, account, universe and objective is what leaving it out would mean."""
    chosen = "book: mine\nuniverse: {symbols: [AAPL, BAC, CVX, GE, HD, JNJ, JPM, KO, MSFT, PG, UNH, XOM]}\n"
    chosen += "objective: {kind: risk_parity}\nbroker: {account: mine}\n"
    assert load(tmp_path, book_template()).book == load(tmp_path, chosen).book


def test_symbols_that_older_yaml_takes_for_something_else_stay_symbols(tmp_path):
    text = "book: core\nuniverse: {symbols: [ON, NO, YES, OFF, Y, N, TRUE, NULL, NAN, INF, 1E5.X]}\n"
    book = load(tmp_path, text + "objective: {kind: risk_parity}\nlimits: {no_buy: [ON, NO]}\n").book
    assert book.universe.symbols == ("ON", "NO", "YES", "OFF", "Y", "N", "TRUE", "NULL", "NAN", "INF", "1E5.X")
    assert book.limits.no_buy == ("ON", "NO")


def test_numbers_are_read_as_a_person_writes_them(tmp_path):
    text = SHORTEST + "execution: {risk_aversion: 1e-6, waves: 010}\nbroker: {simulated: {fee_per_share_usd: 0.0035}}\n"
    book = load(tmp_path, text).book
    assert book.execution.risk_aversion == 1e-6
    assert book.execution.waves == 10, "not the octal 8 of YAML 1.1"
    assert book.broker.simulated.fee_per_share_usd == Decimal("0.0035")


@given(st.decimals(min_value=0, max_value=10**9, places=6))
@settings(max_examples=40, deadline=None)
def test_money_of_fifteen_digits_arrives_exactly(amount):
    with tempfile.TemporaryDirectory() as folder:
        text = SHORTEST + f"broker:\n  simulated: {{opening_cash_usd: {amount:f}, opening_shares: {{XOM: 5}}}}\n"
        assert load(Path(folder), text).book.broker.simulated.opening_cash_usd == amount


def test_anchors_aliases_and_merges_mean_what_they_stand_for(tmp_path):
    bounds = "Energy: &usual {min_pct: 5, max_pct: 30}", "Technology: {<<: *usual, max_pct: 40}"
    text = SECTORS + "limits:\n  sectors:\n" + "".join(f"    {bound}\n" for bound in bounds)
    sectors = load(tmp_path, text).book.limits.sectors
    assert (sectors["Technology"].min_pct, sectors["Technology"].max_pct) == (5, 40)
    assert (sectors["Energy"].min_pct, sectors["Energy"].max_pct) == (5, 30)


def test_aliases_that_multiply_without_end_are_refused(tmp_path):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    [sentence] = complaints(tmp_path, bomb)
    assert "blow the file up" in sentence


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path):
    plain = load(tmp_path, SHORTEST).book
    assert load(tmp_path, b"\xef\xbb\xbf" + SHORTEST.replace("\n", "\r\n").encode()).book == plain


def test_paths_are_taken_from_the_folder_of_the_book_file(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    objective = "objective: {kind: track, weights_file: weights.csv}\nrisk: {max_position_pct: 60}\n"
    book = load(tmp_path, SECTORS.replace("objective: {kind: risk_parity}\n", objective)).book
    assert book.universe.file == tmp_path / "universe.csv"
    assert book.objective.weights_file == tmp_path / "weights.csv"


def test_variables_of_the_environment_go_in_and_are_told(tmp_path):
    text = SHORTEST + 'mode: ${MODE:-research}\nlimits:\n  max_weight_pct: ${MOST}\nbroker: {account: "desk-${DESK}"}\n'
    loaded = load(tmp_path, text, {"MOST": "30", "DESK": "7"})
    assert (loaded.book.mode, loaded.book.limits.max_weight_pct, loaded.book.broker.account) == (
        "research",
        30,
        "desk-7",
    )
    assert loaded.variables == {"MODE": "research", "MOST": "30", "DESK": "7"}


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(
    WORDS.filter(lambda word: word.strip() and "${" not in word),
    st.sampled_from(("${ACC}", '"${ACC}"', "'${ACC}'", ">-\n    ${ACC}")),
)
@settings(max_examples=60, deadline=None)
def test_a_recorded_text_gives_the_same_book_in_any_environment(word, written):
    """What the journal keeps must not change with the shell it is read in."""
    with tempfile.TemporaryDirectory() as folder:
        text = SHORTEST + f"broker:\n  account: {written}\nmode: manual\n"
        try:
            loaded = load(Path(folder), text, {"ACC": word})
        except ConfigError:
            return  # a number is no account
        assert recorded_book(loaded.text, loaded.path) == loaded.book
        assert loaded.text.count("\n") >= text.count("\n"), "the lines keep their numbers"
        assert hashlib.sha256(loaded.text.encode()).hexdigest() == loaded.sha256


def test_another_value_of_a_variable_is_another_book(tmp_path):
    text = SHORTEST + "limits:\n  max_weight_pct: ${MOST}\n"
    assert load(tmp_path, text, {"MOST": "30"}).sha256 != load(tmp_path, text, {"MOST": "31"}).sha256


REFERENCES = {
    "bytes that are no text": ("mode: ${MODE}", {"MODE": "\udcff"}, "MODE is not UTF-8 text"),
    "an unset variable": (
        "mode: ${MODE}",
        {},
        "environment variable MODE is not set; set it, or write ${MODE:-default}",
    ),
    "an empty variable": ("mode: ${MODE}", {"MODE": ""}, "MODE is not set"),
    "a malformed one": ("mode: ${MODE-manual}", {"MODE": "manual"}, "malformed; write ${NAME} or ${NAME:-default}"),
    "an open one": ("mode: '${MODE'", {"MODE": "manual"}, "malformed"),
    "one in another": ("mode: ${MODE}", {"MODE": "${OTHER}"}, "holds a reference itself"),
    "a wrong value": ("mode: ${MODE}", {"MODE": "wild"}, "allowed: research"),
    "a key": ("mode: ${ALPACA_API_KEY:-x}", {"ALPACA_API_KEY": "hunter2"}, "ALPACA_API_KEY looks like a credential"),
    "a password": ("mode: ${DB_PASS}", {"DB_PASS": "hunter2"}, "looks like a credential"),
}


@pytest.mark.parametrize(("line", "environ", "says"), REFERENCES.values(), ids=REFERENCES.keys())
def test_a_reference_that_cannot_be_filled_is_refused(tmp_path, line, environ, says):
    [sentence] = complaints(tmp_path, SHORTEST + line + "\n", environ)
    assert sentence.startswith("x.yaml:4: mode")
    assert says in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    "name",
    [
        "API_KEY",
        "api_key",
        "apiKey",
        "APCA_API_SECRET_KEY",
        "TOKEN",
        "my-token",
        "DB_PASSWORD",
        "PASS",
        "AWS_CREDENTIALS",
    ],
)
def test_names_of_credentials_are_known(name):
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["MODE", "MONKEY", "COMPASS", "account", "KEYSTONE_BOOK", "by_symbol", "DATA_DIR"])
def test_ordinary_names_are_no_credentials(name):
    assert not looks_secret(name)


def test_no_setting_of_the_model_is_taken_for_a_credential():
    assert not [name for name in _names(Book) if looks_secret(name)]


def test_a_symbol_called_key_is_a_symbol(tmp_path):
    book = load(tmp_path, SHORTEST.replace("AAPL", "KEY") + "execution: {by_symbol: {KEY: twap}}\n").book
    assert book.execution.by_symbol["KEY"] == "twap"


def test_what_a_variable_gives_is_not_read_again():
    assert fill("${A}", {"A": "$B {C}"}).text == "$B {C}"


def test_a_doubt_is_told_and_does_not_stop(tmp_path):
    text = (
        SHORTEST
        + "broker:\n  simulated:\n    opening_shares: {XOM: 5, ZZZZ: 3}\nexecution: {max_participation_pct: 40}\n"
    )
    assert [warning.split(": ")[1] for warning in load(tmp_path, text).warnings] == [
        "broker.simulated.opening_shares.ZZZZ = 3",
        "execution.max_participation_pct = 40",
    ]


def test_a_book_that_may_go_short_takes_negative_weights(tmp_path):
    start = SHORTEST.replace("{kind: risk_parity}", "{kind: track, weights_pct: {AAPL: 30, XOM: -20}}")
    book = load(tmp_path, start + "limits: {long_only: false, min_weight_pct: -20}\n").book
    assert book.objective.weights_pct == {"AAPL": 30, "XOM": -20}


def test_an_absent_file_is_refused_with_the_one_that_was_meant(tmp_path):
    (tmp_path / "demo.yaml").write_text(SHORTEST)
    with pytest.raises(ConfigError, match=r"demoo\.yaml: there is no such file; did you mean .*demo\.yaml\?"):
        load_book(tmp_path / "demoo.yaml")


@pytest.mark.parametrize("path", ["", ".", "no/such/folder/x.yaml", "nul\0l.yaml"])
def test_a_path_that_is_no_file_is_refused(path):
    with pytest.raises(ConfigError, match="; "):
        load_book(path)


def test_a_file_far_too_large_for_a_book_is_refused(tmp_path):
    [sentence] = complaints(tmp_path, SHORTEST + "#" * 1_000_001)
    assert "larger than 1 MB" in sentence


DEMO = (BOOKS / "demo.yaml").read_text()
GARBLE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.sampled_from(["${X}", "2024-01-01", "no", ".inf", "1e400", "NaN", "~", "AAPL"]),
)  # fmt: skip


@st.composite
def damaged_books(draw) -> str:
    """demo.yaml with one to three settings dropped, renamed or garbled, wherever they stand."""
    tree = yaml.safe_load(DEMO)
    for _ in range(draw(st.integers(1, 3))):
        holder = tree
        while True:
            key = draw(st.sampled_from(sorted(holder, key=str)))
            inner = holder[key]
            if not (isinstance(inner, dict) and inner) or draw(st.booleans()):
                break
            holder = inner
        damage = draw(st.sampled_from(("drop", "rename", "garble")))
        value = holder.pop(key)
        if damage == "rename":
            holder[draw(st.text(max_size=12))] = value
        elif damage == "garble":
            holder[key] = draw(GARBLE)
        if not tree:
            break
    return yaml.safe_dump(tree, allow_unicode=draw(st.booleans()))


def _loads_or_is_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "demo_universe.csv").write_text((BOOKS / "demo_universe.csv").read_text())
        try:
            loaded = load(Path(folder), text)
        except ConfigError as error:
            unhelpful = [sentence for sentence in str(error).splitlines() if "; " not in sentence]
        else:
            unhelpful = [] if recorded_book(loaded.text, loaded.path) == loaded.book else ["the record differs"]
    assert unhelpful == []


@given(damaged_books())
@settings(max_examples=150, deadline=None)
def test_a_damaged_book_loads_or_is_refused_and_nothing_else(text):
    _loads_or_is_refused(text)


@given(st.integers(0, len(DEMO)), st.integers(0, 3), st.text(max_size=6))
@settings(max_examples=150, deadline=None)
def test_a_slip_of_the_keyboard_anywhere_is_survived(at, removed, typed):
    _loads_or_is_refused(DEMO[:at] + typed + DEMO[at + removed :])


def test_a_share_class_of_the_weights_file_is_the_universes_and_a_warning_says_so(tmp_path):
    (tmp_path / "classes.csv").write_text("symbol,weight_pct\nAAPL,50\nBRK-B,25\n")
    loaded = load(
        tmp_path,
        "book: core\nuniverse: {symbols: [AAPL, BRK.B]}\n"
        "objective: {kind: track, weights_file: classes.csv}\nrisk: {max_position_pct: 60}\n",
    )
    assert any("BRK-B was taken for BRK.B of the universe" in warning for warning in loaded.warnings)


def test_a_universe_is_written_as_the_broker_that_trades_it_writes_it(tmp_path):
    text = "book: core\nuniverse: {symbols: [AAPL, BRK-B]}\nobjective: {kind: risk_parity}\ndata: {source: alpaca}\n"
    with pytest.raises(ConfigError, match=r"BRK-B.*alpaca know this share as BRK\.B.*write BRK\.B"):
        load(tmp_path, text)


def test_a_person_says_by_name_in_the_book_that_a_move_is_real(tmp_path):
    line = "quality: {accepted_moves: [{symbol: AAPL, session: 2018-11-15, who: R. Keeper, because: fires}]}\n"
    (move,) = load(tmp_path, SHORTEST + line).book.quality.accepted_moves
    assert (move.symbol, f"{move.session}", move.who, move.because) == ("AAPL", "2018-11-15", "R. Keeper", "fires")
    with pytest.raises(ConfigError, match="because"):
        load(tmp_path, SHORTEST + "quality: {accepted_moves: [{symbol: AAPL, session: 2018-11-15, who: R. Keeper}]}\n")
