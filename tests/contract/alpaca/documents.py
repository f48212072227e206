"""Alpaca's own OpenAPI documents, where they are at hand: what they say against an answer of the venue.

They are not part of this project. `STEELYARD_ALPACA_OPENAPI` names the folder; without it they are looked for beside
the test data.
"""

import json
import os
import re
import urllib.request
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http import Request
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue

TRADING, DATA = "trading-api.json", "market-data-api.json"
EVENTS = "/v2beta1/events/activities"
UNDOCUMENTED = {"code": int, "message": str}
"""Of a refusal: the documents give its status and no schema; a 401 has the message alone."""
BY_SCHEMA = {
    "/v2/account/activities/{activity_type}": {"FILL": "TradingActivities"},
}
"""Where the document's own schema takes one of two kinds and every row is of both: the kind's own schema counts."""
LOOKED_AT = 3
"""Rows of a list, from each end: the others are made by the same line of the venue."""


def folder() -> Path:
    beside = Path(os.environ.get("STEELYARD_TEST_DATA", "/nowhere")) / ".." / "research" / "alpaca-openapi"
    return Path(os.environ.get("STEELYARD_ALPACA_OPENAPI", beside))


def are_at_hand() -> bool:
    return all((folder() / name).exists() for name in (TRADING, DATA))


@lru_cache
def document(name: str) -> dict[str, Any]:
    return _with_nulls(json.loads((folder() / name).read_text()))


def against(request: Request, reply: Reply) -> list[str]:
    """What the documents say against an answer: its place, its status, its body; nothing for one that is right."""
    for name in (TRADING, DATA):
        for path, found in document(name)["paths"].items():
            if request.method.lower() in found and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), request.path):
                return list(_against(name, path, found[request.method.lower()], request, reply))
    return [f"{request.method} {request.path}: no such place"]


def by_schema(name: str, rows: list[Any]) -> list[str]:
    """What a named schema of the trading document says against some objects."""
    return [words for row in rows for words in _mistakes(TRADING, f"/components/schemas/{name}", row)]


def asked(venue: AlpacaVenue, path: str, body: Any = None) -> Any:
    """The venue's answer to a bare request, without any library."""
    headers = dict(zip(("APCA-API-KEY-ID", "APCA-API-SECRET-KEY"), venue._key, strict=True))
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(venue.url + path, data, headers), timeout=30) as answer:
        raw = answer.read().decode()
        return json.loads(raw) if answer.headers.get("Content-Type") == "application/json" else raw


def events_of(text: str) -> list[Any]:
    return [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:")]


class DocumentedVenue(AlpacaVenue):
    """Holds what it has answered against the documents when it closes, one answer of each form."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._forms: dict[Any, tuple[Request, Reply]] = {}

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", request.path)
        self._forms.setdefault((request.method, path, reply.status, _form(reply.body)), (request, reply))
        return reply

    def __exit__(self, *about: object) -> None:
        super().__exit__(*about)
        if not any(about) and are_at_hand():
            found = [words for request, reply in self._forms.values() for words in against(request, reply)]
            assert found == [], "the venue answers as Alpaca's documents do not"


# ---- behind the desk ------------------------------------------------------------------------------------------------


def _against(name: str, path: str, operation: Any, request: Request, reply: Reply) -> Iterator[str]:
    documented = operation["responses"].get(str(reply.status))
    if reply.status >= 400:
        yield from _against_refusal(request, reply)
        return
    if documented is None:
        yield f"{request.method} {path}: no status {reply.status}"
        return
    if path == EVENTS:
        yield from by_schema("ActivityEventV2", _some(events_of(reply.body)))
        return
    content = documented.get("content", {}).get("application/json")
    if content is None:
        if reply.body is not None:
            yield f"{path}: a body where there is none"
        return
    kind = BY_SCHEMA.get(path, {}).get(request.path.rpartition("/")[2])
    steps = ["paths", path, request.method.lower(), "responses", str(reply.status), "content", "application/json"]
    place = "".join("/" + step.replace("/", "~1") for step in [*steps, "schema"])
    found = by_schema(kind, _some(reply.body)) if kind else _mistakes(name, place, _some(reply.body))
    yield from (f"{request.method} {path}: {words}" for words in found)


def _against_refusal(request: Request, reply: Reply) -> Iterator[str]:
    wanted = {"message": str} if reply.status == 401 else UNDOCUMENTED
    for field, kind in wanted.items():
        if not isinstance((reply.body or {}).get(field), kind):
            yield f"{request.method} {request.path}: a refusal whose {field} is no {kind.__name__}"


def _mistakes(name: str, place: str, answer: Any) -> list[str]:
    found = _validator(name, place).iter_errors(answer)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


@lru_cache
def _validator(name: str, place: str) -> Any:
    """Of the schema at a place of a document (a JSON pointer)."""
    from jsonschema import Draft7Validator  # not in the environment of the other Interactive Brokers library

    return Draft7Validator({"$ref": f"{name}#{place}"}, registry=_registry(name))


@lru_cache
def _registry(name: str) -> Any:
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    return Registry().with_resource(name, Resource(document(name), DRAFT7))


def _with_nulls(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(node, list):
        return [_with_nulls(part) for part in node]
    if not isinstance(node, Mapping):
        return node
    plain = {name: _with_nulls(part) for name, part in node.items()}
    if plain.get("nullable") is True:
        bare = {name: part for name, part in plain.items() if name != "nullable"}
        return {"anyOf": [{"type": "null"}, bare]}
    return plain


def _some(body: Any) -> Any:
    """The ends of long lists, also of those in an object."""
    if isinstance(body, list):
        return body if len(body) <= 2 * LOOKED_AT else [*body[:LOOKED_AT], *body[-LOOKED_AT:]]
    if isinstance(body, Mapping):
        return {name: _some(part) for name, part in body.items()}
    return body


def _form(body: Any) -> Any:
    """Names and types all the way down; words of an enum are part of it."""
    if isinstance(body, list):
        return frozenset(_form(part) for part in _some(body))
    if isinstance(body, Mapping):
        return frozenset((name, _form(part)) for name, part in body.items())
    return body if isinstance(body, str) and body.isalpha() and len(body) < 20 else type(body)
