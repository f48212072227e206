"""The weights a tracking book is given, from its file or from the CSV it names."""

import csv
from pathlib import Path

from tasks.book.targets import ObjectiveSettings
from tasks.errors import ConfigError


def given_weights(objective: ObjectiveSettings, base: Path) -> dict[str, float]:
    """Fractions by symbol, rows of cash as they are named; empty for objectives that take none.

    Raises: ConfigError naming file, line and value.
    """
    if objective.weights_file is None:
        return {symbol: pct / 100 for symbol, pct in objective.weights_pct.items()}
    path = base / objective.weights_file
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); write a CSV with symbol and weight_pct") from error
    reader = csv.DictReader(text.splitlines())
    if not {"symbol", "weight_pct"} <= set(reader.fieldnames or ()):
        raise ConfigError(f"{path}:1: the columns are {reader.fieldnames}; name them symbol,weight_pct")
    weights: dict[str, float] = {}
    for number, row in enumerate(reader, start=2):
        symbol = (row["symbol"] or "").strip()
        if not symbol or symbol in weights:
            raise ConfigError(f"{path}:{number}: symbol {symbol!r} is empty or named twice; name each once")
        weights[symbol] = _fraction(path, number, row["weight_pct"])
    return weights


def where_weights_stand(objective: ObjectiveSettings) -> str:
    """The setting, with its file, from which a symbol that leaves has to be taken too; empty without given weights."""
    if objective.weights_file is not None:
        return f"objective.weights_file ({objective.weights_file})"
    return "objective.weights_pct" if objective.weights_pct else ""


def _fraction(path: Path, number: int, text: str | None) -> float:
    try:
        pct = float((text or "").strip().removesuffix("%"))
    except ValueError as error:
        raise ConfigError(f"{path}:{number}: weight_pct {text!r} is not a number; write e.g. 2.5") from error
    if not abs(pct) <= 1000:
        raise ConfigError(
            f"{path}:{number}: weight_pct {pct} is out of range; write percent of net asset value, at most 1000"
        )
    return pct / 100
