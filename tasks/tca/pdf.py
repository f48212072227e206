"""Prints a report's page as PDF, by a Chromium that is on this machine; nothing is installed for it."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tasks.errors import ConfigError

NAMES = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
VARIABLE = "STEELYARD_CHROMIUM"
LONGEST_S = 180
"""A report of thousands of pages on a busy machine takes a while."""
_LONGEST_REASON = 200


def chromium() -> str:
    """Path of the browser: STEELYARD_CHROMIUM, or the first of NAMES on the PATH. Raises: ConfigError without one."""
    named = os.environ.get(VARIABLE, "")
    found = next((path for name in ([named] if named else NAMES) if (path := shutil.which(name))), "")
    if not found:
        looked = (
            f"{VARIABLE} names {named}, which is not there" if named else f"none of {', '.join(NAMES)} is on the PATH"
        )
        raise ConfigError(
            f"no PDF without Chromium: {looked}; install it, name one by {VARIABLE}, or print report.html from any "
            "browser"
        )
    return found


def pdf_of(page: str, browser: str) -> bytes:
    """The page as it prints. Not the same bytes each time: a PDF names the moment in which it was made.

    Raises: ConfigError where the browser does not print it.
    """
    with TemporaryDirectory(prefix="steelyard-pdf-") as folder:
        source, made = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, encoding="utf-8")
        try:
            done = subprocess.run(
                [browser, *_options(Path(folder, "profile"), made), source.as_uri()],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise ConfigError(f"{browser} did not print the report within {LONGEST_S} s; try again") from late
        except OSError as error:
            raise ConfigError(f"{browser} does not start ({error.strerror}); name another by {VARIABLE}") from error
        printed = made.read_bytes() if made.is_file() else b""
    if not printed.startswith(b"%PDF-"):
        reason = done.stderr.strip().rpartition("\n")[2][:_LONGEST_REASON]
        raise ConfigError(f"{browser} printed no PDF (status {done.returncode}): {reason or 'it said nothing'}")
    return printed


def _options(profile: Path, made: Path) -> list[str]:
    """A profile of its own, so that a browser in use is left alone; as root Chromium has no sandbox."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        "--headless",
        *(["--no-sandbox"] if is_root else []),
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={made}",
    ]
