"""Makes the JSON Schema of report.json anew from the report's own classes: `python -m tasks.tca.schema.write`."""

import json
from typing import Any, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DecimalSchema

from tasks.tca.report import SCHEMA, TcaReport
from tasks.tca.schema import PUBLISHED

AMOUNT = r"^-?[0-9]+(\.[0-9]+)?$"
"""A decimal in plain notation, as `export.plain` writes it."""
HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:steelyard:tca:1",
    "title": "Steelyard TCA report",
}


class _AsWritten(GenerateJsonSchema):
    """Amounts are text, so that no reader rounds them."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        del schema
        return {"type": "string", "pattern": AMOUNT}


def made_schema() -> str:
    """As the report's classes are now; the same classes give the same text."""
    made = TypeAdapter(TcaReport).json_schema(mode="serialization", schema_generator=_AsWritten)
    _close(made)
    made["properties"]["schema"] = {"const": SCHEMA}
    return json.dumps({**made, **HEAD}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _close(node: object) -> None:
    """Every field of an object is there, and no other one; a title that says the name again is left out."""
    if isinstance(node, list):
        for item in cast("list[object]", node):
            _close(item)
    if isinstance(node, dict):
        found = cast("dict[str, Any]", node)
        for item in found.values():
            _close(item)
        if not isinstance(found.get("title"), dict):  # a field may have that name
            found.pop("title", None)
        found.pop("default", None)
        if found.get("type") == "object" and "properties" in found:
            found["required"] = sorted(found["properties"])
            found["additionalProperties"] = False


if __name__ == "__main__":
    PUBLISHED.write_text(made_schema(), encoding="utf-8")
