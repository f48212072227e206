from pathlib import Path

from pyarrow import DataType, Table

class ReadOptions:
    def __init__(self, *, column_names: list[str], skip_rows: int, use_threads: bool) -> None: ...

class ParseOptions:
    def __init__(self, *, delimiter: str) -> None: ...

class ConvertOptions:
    def __init__(self, *, column_types: dict[str, DataType]) -> None: ...

def read_csv(
    input_file: Path, *, read_options: ReadOptions, parse_options: ParseOptions, convert_options: ConvertOptions
) -> Table: ...
