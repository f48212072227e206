from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from pyarrow import DataType, Table

class InvalidRow:
    expected_columns: int
    actual_columns: int
    number: int
    text: str

class ReadOptions:
    def __init__(self, *, column_names: list[str], skip_rows: int, use_threads: bool, encoding: str = ...) -> None: ...

class ParseOptions:
    def __init__(
        self,
        *,
        delimiter: str,
        newlines_in_values: bool = ...,
        ignore_empty_lines: bool = ...,
        invalid_row_handler: Callable[[InvalidRow], str] | None = ...,
    ) -> None: ...

class ConvertOptions:
    def __init__(self, *, column_types: dict[str, DataType], strings_can_be_null: bool = ...) -> None: ...

def read_csv(
    input_file: Path | BytesIO,
    *,
    read_options: ReadOptions,
    parse_options: ParseOptions,
    convert_options: ConvertOptions,
) -> Table: ...

class WriteOptions:
    def __init__(self, *, include_header: bool = ..., quoting_style: str = ...) -> None: ...

def write_csv(data: Table, output_file: Path | BytesIO, write_options: WriteOptions) -> None: ...
