"""Every report that these tests write is held against the published schema."""

import json
from collections.abc import Iterator
from functools import cache

import pytest
from jsonschema import Draft202012Validator

from tasks.tca import export
from tasks.tca.report import TcaReport
from tasks.tca.schema import published_schema


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(published_schema())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(autouse=True, scope="session")
def _reports_keep_to_the_schema() -> Iterator[None]:
    plain = export.plain

    def held(value: object) -> export.Json:
        written = plain(value)
        if isinstance(value, TcaReport):
            validator().validate(written)
        return written

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "plain", held)
        yield
