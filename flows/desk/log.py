"""The two logs of a desk, each of a limited size: what its supervisor saw, and what server and worker print."""

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

EVENTS, OUTPUT = "desk.log", "prefect.log"
MOST_BYTES, MOST_FILES = 5_000_000, 5


def event_log(home: Path) -> logging.Logger:
    """One line an event, with its time in UTC."""
    return _logger(home / EVENTS, "%(asctime)s %(message)s")


def output_log(home: Path) -> logging.Logger:
    """Lines that have times of their own."""
    return _logger(home / OUTPUT, "%(message)s")


def _logger(file: Path, style: str) -> logging.Logger:
    """Of nobody else: what the process's other loggers do is theirs."""
    handler = RotatingFileHandler(file, maxBytes=MOST_BYTES, backupCount=MOST_FILES, encoding="utf-8")
    formatter = logging.Formatter(style, datefmt="%Y-%m-%d %H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger = logging.Logger(file.stem, logging.INFO)
    logger.addHandler(handler)
    return logger
