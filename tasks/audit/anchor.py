"""Notes the end of the audit chain outside the database: in a file, as an artifact, and by the book's own command."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tasks.artifacts import publish_apart, slug
from tasks.audit.anchor_file import Note, anchor_folder, filled_in, notes_in
from tasks.book.audit import AuditSettings
from tasks.context import StepContext, StepEvent
from tasks.errors import ConfigError
from tasks.model.artifact import Artifact
from tasks.model.audit_flaws import Anchor
from tasks.wording import short_hash

STEP = "anchor"
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Anchored:
    """What was noted, and what did not work."""

    note: Note
    file: Path
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Where the chain ends now, and what went wrong on the way there; what stopped a copy is no error of the
        session.
        """
        noted = f"audit chain anchored at entry {self.note.seq}, {short_hash(self.note.sha256)}"
        return "; ".join((noted, *self.warnings))


def anchor_head(context: StepContext) -> Anchored:
    """Note the end of the chain in every place the book names. What fails is a warning: it never stops trading."""
    head = context.journal.audit.head()
    note = Note(context.clock(), context.cycle.book, head.seq, head.sha256)
    settings = context.book.audit
    file = anchor_folder(context.home, settings, context.base, os.environ) / f"{context.cycle.book}.jsonl"
    warnings = [warning for warning in (_kept(file, note), _run_command(settings, note)) if warning]
    done = Anchored(note, file, tuple(warnings))
    publish_apart(f"audit-chain-{slug(context.cycle.book)}", _artifact(done))
    context.observer(StepEvent(STEP, "done", done.sentence))
    return done


def read_anchors(folders: tuple[Path, ...]) -> tuple[Anchor, ...]:
    """Every anchor of every file in these folders. Raises: ConfigError for a file that cannot be read."""
    found: list[Anchor] = []
    for file in sorted({file for folder in folders if folder.is_dir() for file in folder.glob("*.jsonl")}):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the anchors in {file} cannot be read: {error}; restore the file") from error
        found += notes_in(text, str(file))
    return tuple(found)


def _kept(file: Path, note: Note) -> str:
    """Append the note and wait until it is on the disk; a warning when that did not work."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            # One write, so that two processes do not mix their lines; after a line that a crash cut off, a new one.
            os.write(descriptor, (_line_end(descriptor) + note.line + "\n").encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        return f"warning: the anchor was not written to {file}: {error.strerror}; make the folder writable"
    return ""


def _line_end(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return "\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else ""


def _run_command(settings: AuditSettings, note: Note) -> str:
    """Run the book's command; a warning when it fails."""
    if not settings.command:
        return ""
    name = settings.command[0]
    try:
        done = subprocess.run(
            filled_in(settings.command, note),
            input=f"{note.line}\n",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=settings.command_timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"warning: audit.command {name} was stopped after {settings.command_timeout_s} s; raise its timeout"
    except (OSError, ValueError) as error:
        return f"warning: audit.command {name} did not start: {error}; correct it in the book"
    if done.returncode == 0:
        return ""
    reason = done.stderr.strip().partition("\n")[0][:_LONGEST_REASON]
    return f"warning: audit.command {name} ended with status {done.returncode}: {reason or 'it said nothing'}"


def _artifact(done: Anchored) -> Artifact:
    row = {"entry": done.note.seq, "SHA-256": done.note.sha256, "at": done.note.at.isoformat(), "file": str(done.file)}
    return Artifact("End of the audit chain", "\n".join(done.warnings), [row])
