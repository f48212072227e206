"""Whoever does what the refusal of a book says has a book that loads: every way of every sentence, each by itself."""

import re

import pytest
import test_book_mistakes as mistakes
import test_broker_sense as brokers
import test_price_sense as prices
from book_desk import SECTORS, SHORTEST, complaints, load
from mended_by_hand import A_SETTING, BY_HAND, KNOWN_HERE
from mending import mended, refusal_of

from tasks.errors import ConfigError

TRACKS = "book: core\nuniverse: {symbols: [AAPL, MSFT, XOM, JNJ]}\n"
BOOKS = {
    **{name: SHORTEST + case[0] for name, case in mistakes.FIELDS.items() if name != "a book's name"},
    "a book's name": SHORTEST.replace("core", "My Book"),
    **{name: SECTORS + case[0] for name, case in mistakes.SENSE.items()},
    **{name: f"{TRACKS}objective: {case[0]}" for name, case in mistakes.OBJECTIVES.items()},
    **{name: SHORTEST + case[0] for name, case in brokers.CONTRADICTIONS.items()},
    **{name: SECTORS + case[0] for name, case in prices.CONTRADICTIONS.items()},
    **{name: case[0] for name, case in mistakes.FORM.items() if isinstance(case[0], str)},
}
DEEPEST = 3
"""A book may be refused for something else next; that refusal is followed too."""


@pytest.mark.parametrize("name", BOOKS)
def test_whoever_does_what_a_refusal_says_has_a_book_that_loads(tmp_path, name):
    for file in ("prices.csv", "x.csv"):
        (tmp_path / file).write_text("symbol,session,close\nAAPL,2022-12-28,126.04\n")
    text = BOOKS[name] + "\n"
    sentence = complaints(tmp_path, text)[0]
    for way in refusal_of(sentence).ways():
        tried = _books(name, text, sentence, way)
        assert any(_loads(tmp_path, name, book, DEEPEST) for book in tried), f"{way}: {tried}"


def _books(name, text, sentence, way):
    hand = BY_HAND.get(name, {}).get(way)
    if way.startswith("known here: ") and name in KNOWN_HERE:
        hand = KNOWN_HERE[name], A_SETTING
    if hand is None:
        return list(mended(text, refusal_of(sentence), way))
    assert re.search(hand[0], text), hand
    return [re.sub(hand[0], hand[1], text, count=1)]


def _loads(folder, name, book, deepest) -> bool:
    try:
        load(folder, book)
    except ConfigError as stopped:
        if not deepest:
            return False
        sentence = str(stopped).replace(f"{folder}/", "").splitlines()[0]
        ways = refusal_of(sentence).ways()
        return any(
            _loads(folder, name, next_, deepest - 1) for w in ways for next_ in _followed(name, book, sentence, w)
        )
    return True


def _followed(name, book, sentence, way):
    """Of the next refusal the ways that need no person."""
    try:
        return _books(name, book, sentence, way)
    except LookupError:
        return []
