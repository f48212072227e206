"""Which execution policy was in force in each session: the book's `tca` and `execution` sections, by their hash."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, cast

from tasks.book.execution import ExecutionSettings
from tasks.book.tca import TcaSettings

Sections = tuple[TcaSettings, ExecutionSettings]


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy for as long as it was in force; the same one again after another is a version of its own."""

    sha256: str
    """Of both sections with every default, as JSON with sorted keys."""
    first: date
    last: date
    """Sessions, both included."""
    sessions: int
    changes: tuple[str, ...]
    """Against the version before, e.g. `execution.algorithm: twap, was auto`; empty for the first one."""


def policy_hash(policy: Sections) -> str:
    """SHA-256 (hex): equal settings have equal hashes, whether they were written out or left at their defaults."""
    return sha256(json.dumps(_plain(policy), sort_keys=True).encode()).hexdigest()


def policy_versions(sessions: Sequence[tuple[date, Sections]]) -> tuple[PolicyVersion, ...]:
    """Oldest first, as `sessions` are; a new version wherever a setting is another than in the session before."""
    found: list[PolicyVersion] = []
    last: Sections | None = None
    for session, policy in sessions:
        named = policy_hash(policy)
        if found and found[-1].sha256 == named:
            one = found[-1]
            found[-1] = PolicyVersion(named, one.first, session, one.sessions + 1, one.changes)
        else:
            changes = tuple(_changes(_plain(last), _plain(policy))) if last else ()
            found.append(PolicyVersion(named, session, session, 1, changes))
        last = policy
    return tuple(found)


def _plain(policy: Sections) -> dict[str, Any]:
    tca, execution = policy
    return {"tca": tca.model_dump(mode="json"), "execution": execution.model_dump(mode="json")}


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _changes(cast("dict[str, Any]", old), cast("dict[str, Any]", new), f"{above}{name}.")
        else:
            yield f"{above}{name}: {_words(cast('object', new))}, was {_words(cast('object', old))}"


def _words(value: object) -> str:
    return "not set" if value is None else value if isinstance(value, str) else json.dumps(value)
