"""The form of report.json as JSON Schema, as it is published with the program."""

from pathlib import Path

PUBLISHED = Path(__file__).with_name("tca-1.json")


def published_schema() -> str:
    """JSON Schema, draft 2020-12; `python -m tasks.tca.schema.write` makes it anew from the report's classes."""
    return PUBLISHED.read_text(encoding="utf-8")
