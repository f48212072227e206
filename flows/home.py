"""Where a user keeps the state of all books: STEELYARD_HOME, else ~/.steelyard; one begun here stays in use."""

import os
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import ConfigError

VARIABLE = "STEELYARD_HOME"
FOLDER = ".steelyard"


@dataclass(frozen=True, slots=True)
class Home:
    path: Path
    why: str
    """Why it is this folder, for a person."""

    @property
    def sentence(self) -> str:
        return f"home {self.path} ({self.why})"


def home() -> Path:
    return chosen_home().path


def chosen_home() -> Home:
    """The home of this process; nothing is created. Raises: ConfigError where the user has no folder at all."""
    named = os.environ.get(VARIABLE)
    if named:
        return Home(Path(named).expanduser().absolute(), f"named by {VARIABLE}")
    here = Path(FOLDER).absolute()
    own = users_home()
    if here != own and here.is_dir():
        return Home(here, f"it was begun in this working folder and stays in use; elsewhere it is {own}")
    return Home(own, "the user's own, from whatever folder")


def users_home() -> Path:
    """The one home of this user. Raises: ConfigError where the system knows no home folder."""
    try:
        return Path.home() / FOLDER
    except RuntimeError as error:
        raise ConfigError(f"this user has no home folder; set {VARIABLE} to where state shall be kept") from error
