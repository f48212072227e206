"""A wrong book file is refused with file, line, field, value and what to write instead."""

import pytest
from book_desk import SECTORS, SHORTEST, complaints

FORM = {
    "an empty file": ("", "x.yaml", "the file is empty", "steelyard init"),
    "only comments": ("# nothing\n", "x.yaml", "the file is empty", "steelyard init"),
    "a list": ("- book\n- core\n", "x.yaml:1", "a mapping of `key: value`", "demo.yaml"),
    "a word": ("core\n", "x.yaml:1", "a mapping of `key: value`", "demo.yaml"),
    "a tab": (SHORTEST + "limits:\n\tlong_only: true\n", "x.yaml:5", "a tab", "indent with spaces"),
    "two documents": (SHORTEST + "---\nbook: other\n", "x.yaml:4", "a second document", "remove the `---`"),
    "an open bracket": (SHORTEST + "risk: {restricted: [XOM}\n", "x.yaml:4", "bracket is not closed", "close it"),
    "a bare colon": (SHORTEST + "limits: long_only: true\n", "x.yaml:4", "a colon", "check the indentation"),
    "an unknown alias": (SHORTEST + "limits: *usual\n", "x.yaml:4", "names no anchor", "define it as `&name`"),
    "an endless anchor": (
        SHORTEST + "limits: &a {sectors: *a}\n",
        "x.yaml:4",
        "limits.sectors",
        "an anchor holds itself",
    ),
    "a foreign tag": (SHORTEST + "limits: !!python/object:os.system {}\n", "x.yaml:4", "limits", "tag !!python/object"),
    "a control character": (SHORTEST + "mode: man\x07ual\n", "x.yaml:4", "a character YAML forbids", "delete it"),
    "another encoding": (
        SHORTEST.encode() + b"mode: f\xfcr\n",
        "x.yaml:4",
        "not UTF-8",
        "save it with the encoding UTF-8",
    ),
    "deep nesting": ("a: " + "[" * 3000, "x.yaml", "too deeply", "four levels"),
    "a bare reference": (SHORTEST + "risk: {restricted: [${X}]}\n", "x.yaml:4", "bare between brackets", '"${NAME}"'),
}
"""What the file is like: (its text, where, problem, remedy)."""


@pytest.mark.parametrize(("text", "where", "problem", "remedy"), FORM.values(), ids=FORM.keys())
def test_a_file_that_is_no_book_is_refused_in_one_sentence(tmp_path, text, where, problem, remedy):
    [sentence] = complaints(tmp_path, text)
    assert sentence.startswith(f"{where}: ")
    assert problem in sentence
    assert remedy in sentence


FIELDS = {
    "a word for a number": (
        "limits:\n  max_weight_pct: abc",
        5,
        'limits.max_weight_pct = "abc"',
        "e.g. max_weight_pct: 100",
    ),
    "a quoted number": ('limits: {max_weight_pct: "10"}', 4, "limits.max_weight_pct", "write max_weight_pct: 10"),
    "a percent sign": ("limits: {max_weight_pct: 10%}", 4, 'limits.max_weight_pct = "10%"', "write max_weight_pct: 10"),
    "a dollar sign": ("risk: {max_order_usd: $5}", 4, "risk.max_order_usd", "write max_order_usd: 5"),
    "thousands": ("costs: {assumed_adv_usd: '1,000'}", 4, "costs.assumed_adv_usd", "write assumed_adv_usd: 1000"),
    "true for a number": ("limits: {max_weight_pct: true}", 4, "limits.max_weight_pct = true", "should be a number"),
    "a number for true": ("limits: {long_only: 1}", 4, "limits.long_only = 1", "should be true or false"),
    "yes for true": ("limits: {long_only: yes}", 4, 'limits.long_only = "yes"', "write long_only: true"),
    "off for false": ("limits: {long_only: off}", 4, 'limits.long_only = "off"', "write long_only: false"),
    "a half for a whole": ("execution: {waves: 2.5}", 4, "execution.waves = 2.5", "should be a whole number"),
    "a date for a number": ("execution: {waves: 2024-01-02}", 4, 'execution.waves = "2024-01-02"', "e.g. waves: 13"),
    "a time for a number": ("execution: {waves: 1:30}", 4, 'execution.waves = "1:30"', "e.g. waves: 13"),
    "a number for text": ("broker: {account: 12}", 4, "broker.account = 12", 'put it in quotes: "12"'),
    "no text at all": ("broker: {account: ''}", 4, "broker.account", "at least 1 character"),
    "an empty section": ("limits:\nrisk: {}", 4, "limits", "it is empty"),
    "a word for a section": ("limits: tight", 4, 'limits = "tight"', "should be a mapping of settings"),
    "a word for a list": ("risk: {restricted: XOM}", 4, 'risk.restricted = "XOM"', "write restricted: [XOM]"),
    "a list for a mapping": ("execution: {by_symbol: [XOM]}", 4, "execution.by_symbol", "by_symbol: {AAPL: immediate}"),
    "two entries of three": ("tca: {score_thresholds_bps: [5, 15]}", 4, "tca.score_thresholds_bps", "[5, 15, 50]"),
    "four entries of three": ("tca: {score_thresholds_bps: [5, 9, 15, 50]}", 4, "tca.score_thresholds_bps", "fewer"),
    "three that fall": ("tca: {score_thresholds_bps: [50, 15, 5]}", 4, "tca.score_thresholds_bps", "must rise"),
    "nobody among names": ("tca: {reviewers: [Ada, '']}", 4, "tca.reviewers[2]", "at least 1 character"),
    "above the range": ("limits: {max_weight_pct: 101}", 4, "limits.max_weight_pct = 101", "above 0 and at most 100"),
    "below the range": (
        "data: {lookback_sessions: 5}",
        4,
        "data.lookback_sessions = 5",
        "at least 60 and at most 5040",
    ),
    "nothing where more is due": (
        "risk: {price_collar_pct: 0}",
        4,
        "risk.price_collar_pct = 0",
        "above 0 and at most 50",
    ),
    "not a number": ("limits: {max_weight_pct: .nan}", 4, 'limits.max_weight_pct = ".nan"', "should be a number"),
    "NaN in quotes": ("risk: {max_order_usd: 'NaN'}", 4, "risk.max_order_usd", "finite number"),
    "infinity": ("limits: {max_gross_pct: .inf}", 4, 'limits.max_gross_pct = ".inf"', "should be a number"),
    "a huge number": ("risk: {max_order_usd: 1e99}", 4, 'risk.max_order_usd = "1e99"', "between 1e-15 and 1e15"),
    "a huge exponent": ("risk: {max_order_usd: 1e999999999999999999999}", 4, "risk.max_order_usd", "1e-15 and 1e15"),
    "too many digits": ("risk: {max_order_usd: 1.0000000000000000000001}", 4, "risk.max_order_usd", "round it"),
    "an endless number": ("execution: {waves: " + "9" * 5000 + "}", 4, "execution.waves", "round it"),
    "half a character": ('broker: {account: "\\ud800"}', 4, "broker.account", "write the character itself"),
    "a key without a name": ("'': 5", 4, '"" = 5', "known here: book"),
    "a key with a bell": ('"a\\ab": 5', 4, "a\\x07b = 5", "known here: book"),
    "an unknown word": (
        "mode: full-auto",
        4,
        'mode = "full-auto"',
        "did you mean full_auto? allowed: research, manual",
    ),
    "an unknown algorithm": ("execution: {algorithm: twop}", 4, 'execution.algorithm = "twop"', "did you mean twap?"),
    "one symbol's algorithm": (
        "execution:\n  by_symbol:\n    XOM: fast",
        6,
        'execution.by_symbol.XOM = "fast"',
        "allowed:",
    ),
    "an unknown key": ("limits: {max_wieght_pct: 5}", 4, "limits.max_wieght_pct = 5", "did you mean max_weight_pct?"),
    "a key of elsewhere": ("max_weight_pct: 5", 4, "max_weight_pct = 5", "did you mean limits.max_weight_pct?"),
    "a key from nowhere": ("zebra: 5", 4, "zebra = 5", "known here: book, mode, exchange"),
    "a key twice": ("mode: manual\nmode: research", 5, "mode", "already on line 4; keep one"),
    "a list for a key": ("? [a, b]\n: 5", 4, "", "write a word as the key"),
    "two limits at odds": (
        "limits:\n  max_weight_pct: 5\n  min_weight_pct: 6",
        6,
        "limits.min_weight_pct = 6",
        "above",
    ),
    "short but long only": ("limits: {min_weight_pct: -5}", 4, "limits.min_weight_pct = -5", "set long_only: false"),
    "kept and sold": ("limits: {no_sell: [XOM], must_exit: [XOM]}", 4, "limits.no_sell", "cannot be kept and sold"),
    "no window": (
        "execution: {start_after_open_min: 350, stop_before_close_min: 60}",
        4,
        "execution.start_after_open_min = 350",
        "no window of 10 minutes on a whole day",
    ),
    "a book's name": ("mode: manual", 1, 'book = "My Book"', "write a small letter"),
}
"""What is wrong: (lines after the third, line, field and value, remedy)."""


@pytest.mark.parametrize(("lines", "line", "field", "remedy"), FIELDS.values(), ids=FIELDS.keys())
def test_a_wrong_setting_is_refused_with_line_field_value_and_remedy(tmp_path, lines, line, field, remedy):
    start = SHORTEST.replace("core", "My Book") if field.startswith("book ") else SHORTEST
    [sentence] = complaints(tmp_path, start + lines + "\n")
    assert sentence.startswith(f"x.yaml:{line}: {field}")
    assert remedy in sentence
    assert "; " in sentence, "a problem is followed by its remedy"
    assert not {"Traceback", "pydantic", "Value error", "<class", "literal["} & set(sentence.split())


SENSE = {
    "a symbol from elsewhere": ("limits:\n  no_buy: [XOM,\n    MSFTT]", 6, "limits.no_buy[2]", "did you mean MSFT?"),
    "a restricted stranger": ("risk: {restricted: [ZZZZ]}", 4, "risk.restricted[1]", "add it to the universe"),
    "an order for a stranger": ("execution: {by_symbol: {ZZZZ: twap}}", 4, "execution.by_symbol.ZZZZ", "add it"),
    "a sector's name": ("limits:\n  sectors:\n    Enerjy: {max_pct: 5}", 6, "limits.sectors.Enerjy", "mean Energy?"),
    "a sector out of reach": (
        "limits: {max_weight_pct: 10, sectors: {Energy: {min_pct: 20}}}",
        4,
        "limits.sectors",
        "lower",
    ),
    "sectors too full": (
        "limits: {sectors: {Energy: {min_pct: 60}, Technology: {min_pct: 60}}}",
        4,
        "limits.sectors",
        "lower them",
    ),
    "sectors too small": (
        "limits: {min_net_pct: 90, sectors: {Energy: {max_pct: 40}, Technology: {max_pct: 40}}}",
        4,
        "limits.sectors",
        "raise them",
    ),
    "a score out of reach": ("limits: {min_esg_score: 81}", 4, "limits.min_esg_score = 81", "lower it"),
    "carbon out of reach": ("limits: {max_carbon_intensity: 4}", 4, "limits.max_carbon_intensity = 4", "raise it"),
    "too few symbols": (
        "limits: {max_weight_pct: 30, min_net_pct: 95}",
        4,
        "limits.max_weight_pct = 30",
        "min_net_pct",
    ),
    "too much at least": ("limits: {min_weight_pct: 40}", 4, "limits.min_weight_pct = 40", "lower it"),
    "a reserve of invested cash": (
        "limits: {min_net_pct: 100}",
        4,
        "limits.min_net_pct = 100",
        "lower it or limits.cash_reserve_pct",
    ),
    "a fixed reserve of invested cash": (
        "broker: {simulated: {opening_cash_usd: 100000}}\nlimits: {min_net_pct: 90, cash_reserve_usd: 20000}",
        5,
        "limits.min_net_pct = 90",
        "the cash reserve of 20 % leaves 80 %",
    ),
    "more net than gross": (
        "limits: {min_net_pct: 90, max_gross_pct: 80}",
        4,
        "limits.min_net_pct = 90",
        "max_gross_pct",
    ),
    "a sample with files": ("data: {daily_path: x.csv}", 4, "data.daily_path", "remove it, or set source: files"),
    "files without a path": ("data:\n  source: files", 4, "data.daily_path", "daily_path: prices.csv"),
    "a raw sample": ("data: {adjustment: raw}", 4, 'data.adjustment = "raw"', "remove the line"),
    "an absent file": ("data: {source: files, daily_path: no.csv}", 4, "data.daily_path", "no.csv does not exist"),
    "live on the simulated broker": ("broker: {live: true}", 4, "broker.live = true", "set live: false"),
    "fractions of whole shares": ("orders: {fractional: true}", 4, "orders.fractional = true", "simulated.fractional"),
    "half a share": (
        "broker:\n  simulated:\n    opening_shares:\n      XOM: 1.5",
        7,
        "broker.simulated.opening_shares.XOM = 1.5",
        "round",
    ),
    "nothing to begin with": (
        "broker: {simulated: {opening_cash_usd: 0}}",
        4,
        "broker.simulated.opening_cash_usd = 0",
        "",
    ),
    "a book that never trades": (
        "drift: {absolute_band_pct: null}",
        4,
        "drift.calendar",
        "would ever make the book trade",
    ),
    "an edge without a band": (
        "drift: {absolute_band_pct: null, calendar: daily, trade_to: band_edge}",
        4,
        "drift.trade_to",
        "no band",
    ),
    "restricted but must go": (
        "limits: {must_exit: [XOM]}\nrisk: {restricted: [XOM]}",
        4,
        "limits.must_exit[1]",
        "cannot be sold",
    ),
    "more turnover than the gate": (
        "limits: {max_turnover_pct: 200}",
        4,
        "limits.max_turnover_pct = 200",
        "risk.max_run",
    ),
    "more volume than the gate": (
        "limits: {max_adv_pct: 20}",
        4,
        "limits.max_adv_pct = 20",
        "risk.max_participation_pct",
    ),
    "orders too small to send": (
        "risk: {max_order_usd: 50}",
        4,
        "risk.max_order_usd = 50",
        "lower orders.min_trade_usd",
    ),
}


@pytest.mark.parametrize(("lines", "line", "field", "remedy"), SENSE.values(), ids=SENSE.keys())
def test_settings_that_do_not_go_together_are_refused(tmp_path, lines, line, field, remedy):
    [sentence] = complaints(tmp_path, SECTORS + lines + "\n")
    assert sentence.startswith(f"x.yaml:{line}: {field}")
    assert remedy in sentence


OBJECTIVES = {
    "weights beyond the reserve": (
        "{kind: track, weights_pct: {AAPL: 25, MSFT: 25, XOM: 25, JNJ: 25}}",
        "limits.cash_reserve_pct",
    ),
    "a short weight": ("{kind: track, weights_pct: {AAPL: -5}}", "set limits.long_only: false"),
    "a weight the gate refuses": ("{kind: track, weights_pct: {AAPL: 60}}", "risk.max_position_pct"),
    "a stranger's weight": ("{kind: track, weights_pct: {ZZZZ: 5}}", "add it to the universe"),
    "an absent weights file": ("{kind: track, weights_file: no.csv}", "write a CSV with symbol and weight_pct"),
    "no weights": ("{kind: track}", "follows either `weights_pct` or `weights_file`; write e.g. weights_pct: {"),
    "weights nobody reads": ("{kind: risk_parity, weights_pct: {XOM: 5}}", "remove them, or set kind: track"),
    "no view": ("{kind: mean_variance}", "set kind: historical, or set kind: given"),
    "cash alone": ("{kind: minimum_variance}", "e.g. limits.min_net_pct: 95"),
    "a given view without figures": ("{kind: mean_variance, expected_return: {kind: given}}", "yearly_pct: {AAPL: 6}"),
    "figures without a given view": (
        "{kind: risk_parity, expected_return: {yearly_pct: {XOM: 5}}}",
        "set kind: given, or remove it",
    ),
    "more factors than symbols": ("{kind: risk_parity, risk_model: {kind: factor, factors: 4}}", "at most factors: 3"),
}


@pytest.mark.parametrize(("objective", "remedy"), OBJECTIVES.values(), ids=OBJECTIVES.keys())
def test_an_objective_that_cannot_be_meant_is_refused(tmp_path, objective, remedy):
    text = f"book: core\nuniverse: {{symbols: [AAPL, MSFT, XOM, JNJ]}}\nobjective: {objective}\n"
    [sentence] = complaints(tmp_path, text)
    assert sentence.startswith("x.yaml:3: objective")
    assert remedy in sentence


def test_a_required_setting_that_is_missing_is_named_with_an_example(tmp_path):
    assert complaints(tmp_path, "universe: {symbols: [AAPL]}\nobjective: {}\n") == [
        "x.yaml:1: book: it is missing (Name of the book: the key of everything recorded about it); "
        "write e.g. book: main",
        "x.yaml:2: objective.kind: it is missing (`track` follows given weights at least cost: "
        "the usual case of an index or model portfolio); write e.g. kind: mean_variance",
    ]


def test_all_mistakes_of_a_file_are_reported_together_in_the_order_of_its_lines(tmp_path):
    text = SECTORS + "limits:\n  max_weight_pct: abc\n  sectors: {Enerjy: {}}\nmood: manual\nmode: manual\nmode: auto\n"
    found = complaints(tmp_path, text)
    assert [sentence.split(": ")[:2] for sentence in found] == [
        ["x.yaml:5", 'limits.max_weight_pct = "abc"'],
        ["x.yaml:6", "limits.sectors.Enerjy"],
        ["x.yaml:7", 'mood = "manual"'],
        ["x.yaml:9", 'mode = "auto"'],
    ]


def test_no_judgement_rests_on_a_setting_that_is_itself_wrong(tmp_path):
    """The reserve is unreadable, so nobody can say whether the weights leave room for it."""
    text = (
        "book: core\nuniverse: {symbols: [AAPL, MSFT]}\nobjective: {kind: track, weights_pct: {AAPL: 50, MSFT: 50}}\n"
    )
    [reserve] = complaints(tmp_path, text + "limits: {cash_reserve_pct: none}\nrisk: {max_position_pct: 60}\n")
    assert reserve.startswith('x.yaml:4: limits.cash_reserve_pct = "none"')


CREDENTIALS = [
    "api_key: hunter2",
    "ALPACA_SECRET: hunter2",
    "broker: {password: hunter2}",
    "broker: {apiToken: hunter2}",
    "broker: {name: simulated, credentials: {user: hunter2}}",
    "api_key: hunter2\napi_key: hunter2",
    "broker: {account: [hunter2hunter2hunter2]}",
    "risk: {max_order_usd: hunter2hunter2hunter2}",
]


@pytest.mark.parametrize("lines", CREDENTIALS)
def test_what_looks_like_a_credential_is_never_echoed(tmp_path, lines):
    assert "hunter2" not in "\n".join(complaints(tmp_path, SHORTEST + lines + "\n"))


def test_a_credential_in_the_file_is_refused_with_where_it_belongs(tmp_path):
    [sentence] = complaints(tmp_path, SHORTEST + "broker:\n  api_key: hunter2\n")
    assert sentence.startswith("x.yaml:5: broker.api_key = (hidden): credentials do not belong in a book")
    assert "the environment or a Prefect block" in sentence
