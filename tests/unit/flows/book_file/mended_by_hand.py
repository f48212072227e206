"""What a person does where a sentence leaves the choice to them: in the text of the book, what is changed into what."""

from book_desk import SHORTEST

A_BOOK = r"(?s).*", SHORTEST
A_SETTING = "mode: manual"
IN_A_LIST = r"file: universe\.csv", "symbols: [ZZZZ, AAPL, MSFT, XOM]"

BY_HAND: dict[str, dict[str, tuple[str, str]]] = {
    "an empty file": {"copy books/demo.yaml or run `steelyard init`": A_BOOK},
    "only comments": {"copy books/demo.yaml or run `steelyard init`": A_BOOK},
    "a list": {"see books/demo.yaml": A_BOOK},
    "a word": {"see books/demo.yaml": A_BOOK},
    "a tab": {"indent with spaces": (r"\t", "  ")},
    "two documents": {"one file is one book: remove the `---` and what follows": (r"(?s)---.*", "")},
    "an open bracket": {"close it on this line or the next": (r"\[XOM", "[XOM]")},
    "a bare colon": {
        "check the indentation, and put text with a colon in quotes": (r"limits: long", "limits:\n  long")
    },
    "an unknown alias": {"define it as `&name` before `*name`": (r"limits: ", "risk: &usual {}\nlimits: ")},
    "an endless anchor": {"write the value out": (r"&a \{sectors: \*a\}", "{sectors: {}}")},
    "a foreign tag": {"write a plain value": (r"!!\S+ ", "")},
    "a control character": {"delete it and type the line again": ("\x07", "")},
    "deep nesting": {"a book is at most four levels deep": A_BOOK},
    "a bare reference": {'put it in quotes: "${NAME}"': (r"\$\{X\}", '"${X:-XOM}"')},
    "a huge number": {"stay between 1e-15 and 1e15": (r"1e99", "1e9")},
    "a huge exponent": {"stay between 1e-15 and 1e15": (r"1e9+", "1e9")},
    "too many digits": {"round it": (r"1\.0+1", "1000")},
    "an endless number": {"round it": (r"9{15,}", "9")},
    "half a character": {"write the character itself": (r'"\\ud800"', "main")},
    "a key twice": {"keep one of the two": (r"mode: manual\n", "")},
    "a list for a key": {"write a word as the key": (r"\? \[a, b\]\n: 5", A_SETTING)},
    "kept and sold": {"take it out of one of the two": (r"no_sell: \[XOM\], ", "")},
    "a restricted stranger": {"add it to the universe": IN_A_LIST},
    "an order for a stranger": {"add it to the universe": IN_A_LIST},
    "a stranger's weight": {"add it to the universe": (r"\[AAPL", "[ZZZZ, AAPL")},
    "an absent file": {"give a path relative to the book file": (r"no\.csv", "prices.csv")},
    "half a share": {"round it": (r"1\.5", "1")},
    "nothing to begin with": {
        "give it cash": (r"usd: 0", "usd: 1000"),
        "give it opening_shares": (r"usd: 0", "usd: 0, opening_shares: {XOM: 5}"),
    },
    "a book that never trades": {
        "give absolute_band_pct, relative_band_pct, cash_flow_pct or a calendar": (
            r"absolute_band_pct: null",
            "calendar: weekly",
        )
    },
    "an edge without a band": {"give absolute_band_pct": (r"absolute_band_pct: null", "absolute_band_pct: 2")},
    "restricted but must go": {"take it off risk.restricted": (r"restricted: \[XOM\]", "restricted: []")},
    "weights beyond the reserve": {
        "scale them to 99 % (each times 0.99)": (
            r"25(, \w+: )25(, \w+: )25(, \w+: )25",
            r"24.75\g<1>24.75\g<2>24.75\g<3>24.75",
        )
    },
    "a short weight": {"give no negative weight": (r"-5", "5")},
    "an absent weights file": {"write a CSV with symbol and weight_pct": (r"no\.csv", "weights.csv")},
    "weights nobody reads": {"remove them": (r", weights_pct: \{XOM: 5\}", "")},
    "a long tag": {"use a, b, c, ...": (r"alp:", "a:")},
    "one account twice": {"give each part an account of its own": (r"(b: \{name: alpaca)", r"\1, account: other")},
    "real money among play money": {"take this part out": (r", b: \{name: simulated\}", "")},
    "one connection of TWS twice": {"give each a client_id of its own": (r"DU2", "DU2, ibkr: {client_id: 72}")},
    "a route to nobody": {"write one of a, i there": (r"z: 50", "i: 50")},
    "half an order": {"write shares of at least 0 that make 100": (r"i: 30", "i: 40")},
    "less than nothing": {"write shares of at least 0 that make 100": (r"a: 120, i: -20", "a: 100, i: 0")},
    "a section above the parts": {
        "write it below the part of broker.parts that it is for": (
            r"(?s)(account: one)(.*)\n  alpaca: (\{[^}]*\})",
            r"\1, alpaca: \3\2",
        )
    },
    "one client id for prices and orders": {"give each a number of its own": (r"7\}\}$", "8}}")},
    "the client id of a part": {"give each a number of its own": (r"client_id: 72", "client_id: 73")},
}
"""By the name of the book and the words of the way."""
KNOWN_HERE = {"a key without a name": "'': 5", "a key with a bell": r'"a\\ab": 5', "a key from nowhere": "zebra: 5"}
"""Another setting in place of an unknown one."""
