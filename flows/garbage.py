"""How often Python looks for garbage in our programs.

Imports make some hundred thousand objects that stay, and Python would look through all of them again and again: a sixth
of what a program needs before it begins.
"""

import gc

NEW_OBJECTS = 50_000
"""After which it looks; Python's own figure is 700."""


def look_less_often() -> None:
    """Before the imports that are worth it."""
    gc.set_threshold(NEW_OBJECTS)
