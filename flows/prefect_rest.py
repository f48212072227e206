"""Prefect's REST interface for programs that are too small to import Prefect: one call, and no surprise."""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from tasks.retry import SERVER_IS_BUSY

KEY, AUTH_STRING = "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING"
ANSWERS_WITHIN_S = 10
BUSY = (429, 502, 503)
"""Answers of a server, or of a proxy before it, that has done nothing and wants to be asked again.

Prefect says 503 where its SQLite is busy with other writers. Its own client comes again too; a page of its UI does not.
"""


def call(url: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, method: str = "") -> Any:
    """What the server answers; None where it does not, refuses, or has nothing to say. `url` ends with /api.

    Without a body it is asked, with one it is told, unless `method` says otherwise; for some seconds again and again
    while it says that it is busy.
    """
    data = None if body is None else json.dumps(body).encode()
    told = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(f"{url}{path}", data=data, headers=told, method=method or None)
    try:
        text = _answer(request)
        return json.loads(text) if text else None
    except (urllib.error.URLError, OSError, ValueError):
        return None


def _answer(request: urllib.request.Request) -> bytes:
    """Of a server that is busy with others, asked for again. Raises: what urllib does."""
    for pause in SERVER_IS_BUSY:
        try:
            return _asked(request)
        except urllib.error.HTTPError as refusal:
            if refusal.code not in BUSY:
                raise
        time.sleep(pause.total_seconds())
    return _asked(request)


def _asked(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN_S) as reply:
        return bytes(reply.read())


def is_there(url: str) -> bool:
    """Whether any server answers there, and well."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWERS_WITHIN_S) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def headers_from(environment: Mapping[str, str]) -> dict[str, str]:
    """How a server that wants to know who asks is told."""
    if key := environment.get(KEY):
        return {"Authorization": f"Bearer {key}"}
    if words := environment.get(AUTH_STRING):
        return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}
    return {}
