"""Where this machine keeps a book's state: STEELYARD_HOME, by default .steelyard in the working folder."""

import os
from pathlib import Path

VARIABLE = "STEELYARD_HOME"


def home() -> Path:
    return Path(os.environ.get(VARIABLE, ".steelyard")).expanduser().absolute()
