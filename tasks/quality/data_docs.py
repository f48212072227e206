"""Writes what was judged as pages beside the report: Great Expectations' Data Docs, made to need no network."""

import html
import json
import re
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from tasks.quality.expectations import SuiteRun

_latest: ContextVar[dict[str, SuiteRun] | None] = ContextVar("latest_suite_runs", default=None)
"""The newest run of each suite that has no page yet: a check and its pages are made in one step."""
NO_RUN_NAME = "__none__"
"""What the pages print for a run without a project."""
SITE_LINK = re.compile(r"href=\"(?:\.\./)+(?:index|expectations/\w+)\.html\"")
KEY = ("symbol", "session")
SHOWN_ROWS = 12
STYLE_FILE = Path(__file__).with_name("data_docs.css")
_EXTERNAL = (
    re.compile(r"<script[^>]*src=\"https?://[^>]*>\s*</script>", re.I),
    re.compile(r"<link[^>]*href=\"https?://[^>]*>", re.I),
    re.compile(r"<img[^>]*src=\"https?://[^>]*>", re.I),
    re.compile(r"<link[^>]*favicon[^>]*>", re.I),
    re.compile(r"<footer>.*?</footer>", re.I | re.S),
    re.compile(r"@import[^;]*https?://[^;]*;", re.I),
    re.compile(r"url\(['\"]?https?://[^)]*\)", re.I),
)


def remember(runs: Sequence[SuiteRun]) -> None:
    """Keep these runs for `write_data_docs`, in place of earlier ones of the same suites."""
    _latest.set({**(_latest.get() or {}), **{run.name: run for run in runs}})


def write_data_docs(folder: Path) -> Path:
    """One page and one JSON a suite judged since the last call in this context, and an index of all in the folder.

    Pages of suites judged elsewhere (an earlier step) are left as they are, and a run is written once: never into the
    folder of the next session. Returns the index.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for run in (_latest.get() or {}).values():
        (folder / f"{run.name}.json").write_text(json.dumps(run.as_json, indent=1), encoding="utf-8")
        (folder / f"{run.name}.html").write_text(_page(run), encoding="utf-8")
    _latest.set(None)
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    index = folder / "index.html"
    index.write_text(_index(results), encoding="utf-8")
    return index


def _page(run: SuiteRun) -> str:
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    renderer: Any = ValidationResultsPageRenderer
    return _offline(_view().render(renderer(run_info_at_end=True).render(run.result)))


@cache
def _view() -> Any:
    """One for all pages: each compiles its templates anew, and that takes longer than the pages."""
    from great_expectations.render.view.view import DefaultJinjaPageView

    return DefaultJinjaPageView()


def _offline(page: str) -> str:
    """Without everything that would be fetched, and with our own style in its place."""
    for pattern in _EXTERNAL:
        page = pattern.sub("", page)
    page = SITE_LINK.sub("href='index.html'", page).replace(NO_RUN_NAME, "")
    style = f"<style>{STYLE_FILE.read_text(encoding='utf-8')}</style>"
    return page.replace("</head>", f"{style}</head>", 1)


def _index(results: dict[str, dict[str, Any]]) -> str:
    rows = "".join(_row(name, result) for name, result in results.items())
    style = STYLE_FILE.read_text(encoding="utf-8")
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Data quality</title>"
        f"<style>{style}</style></head><body><main class='index'><h1>Data quality</h1>"
        "<p>What was expected of the data, and what was found.</p>"
        "<table class='table'><thead><tr><th>Suite</th><th>Verdict</th><th>Expectations met</th><th>Not met</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></main></body></html>"
    )


def _row(name: str, result: dict[str, Any]) -> str:
    failed = [_failure(one) for one in result["results"] if not one["success"]]
    figures = result["statistics"]
    severities = {one["expectation_config"]["severity"] for one in result["results"] if not one["success"]}
    verdict = "stops" if "critical" in severities else "warns" if "warning" in severities else "met"
    return (
        f"<tr><td><a href='{name}.html'>{name}</a></td><td class='{verdict}'>{verdict}</td>"
        f"<td>{figures['successful_expectations']} of {figures['evaluated_expectations']}</td>"
        f"<td>{''.join(failed)}</td></tr>"
    )


def _failure(result: dict[str, Any]) -> str:
    """What was expected, how many rows are not so, and the first of them by symbol and session."""
    config = result["expectation_config"]
    notes = config.get("notes") or config["type"]
    sentence = notes if isinstance(notes, str) else " ".join(notes)
    count = result["result"].get("unexpected_count")
    observed = f"{count} rows" if count else f"found {result['result'].get('observed_value')}"
    rows: list[dict[str, Any]] = result["result"].get("partial_unexpected_index_list") or []
    named = "; ".join(" ".join(str(row[key])[:10] for key in KEY if row.get(key)) for row in rows[:SHOWN_ROWS])
    more = " and more" if count and count > SHOWN_ROWS else ""
    words = html.escape(f"{sentence} ({observed})" + (f": {named}{more}" if named else ""))
    return f"<p><span class='badge {config['severity']}'>{config['severity']}</span> {words}</p>"
