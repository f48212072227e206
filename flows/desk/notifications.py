"""Automations that tell people: each notification block that a desk or a book names hears when a person is wanted."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound

from flows.book_file import load_book
from flows.desk.automations import MADE_ANEW
from tasks.book.alerts import BLOCK
from tasks.errors import SteelyardError
from tasks.events import BOOK_LABEL, SEVERITY_LABEL, WORDS
from tasks.model.plan import Severity

VARIABLE = "STEELYARD_NOTIFY"
"""Blocks that hear of every book, as TYPE/NAME, with commas between them."""
EVERY_BOOK = "every book"
PREFIX = "steelyard: tell "
BAD_ENDS = ("Failed", "Crashed", "TimedOut", "Stopped", "Halted", "Held", "Refused", "Unanswered")
"""States of a run that a person wants to hear of; it says in its message what to do."""
WAITS_S = 1800
"""A run is Late as soon as it waits for its turn; after so long a person wants to hear that it waits still."""
WANTED = [WORDS[Severity.WARN], WORDS[Severity.HALT]]


@dataclass(frozen=True, slots=True)
class Wish:
    """One block that shall hear of one book, or of every book."""

    block: str
    book: str = EVERY_BOOK

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.block} of {self.book}"


def wishes(environment: Mapping[str, str], books: Iterable[Path]) -> tuple[list[Wish], list[str]]:
    """Who shall be told of what; and a sentence for each name that is none, and each book that cannot be read.

    A block that hears of every book is not told of one of them a second time.
    """
    named = [name.strip() for name in environment.get(VARIABLE, "").split(",") if name.strip()]
    found = [Wish(name) for name in named if re.match(BLOCK, name)]
    said = [f"{VARIABLE}: {name} is no block; write TYPE/NAME, e.g. slack-webhook/desk" for name in named]
    said = [sentence for sentence, name in zip(said, named, strict=True) if not re.match(BLOCK, name)]
    for path in books:
        try:
            book = load_book(path).book
        except SteelyardError as wrong:
            said.append(f"nobody is told of {path}, which cannot be read: {wrong}")
            continue
        found += [Wish(block, book.book) for block in book.alerts.notify if Wish(block) not in found]
    return list(dict.fromkeys(found)), said


def apply_notifications(client: SyncPrefectClient, wanted: Iterable[Wish]) -> list[str]:
    """Each once, and as it is here; one that a person switched off stays off, and one that nobody wants any more goes.

    Returns a sentence for each block that is not there.
    """
    said: list[str] = []
    kept: set[str] = set()
    known = {one.name: one for one in client.read_automations() if one.name.startswith(PREFIX)}
    for wish in wanted:
        block, _, name = wish.block.partition("/")
        document = _block(client, block, name)
        if document is None:
            said.append(
                f"nobody is told by {wish.block}: there is no such block; make it in the UI under Blocks, then run "
                "`steelyard down` and `steelyard up`"
            )
            continue
        for made in (_of_events(wish, document), _of_runs(wish, document), _of_waiting(wish, document)):
            kept.add(made.name)
            if made.name in known:
                before = known[made.name]
                client.update_automation(before.id, made.model_copy(update={"enabled": before.enabled}))
            else:
                client.create_automation(made)
    for gone in known.keys() - kept:
        client.delete_automation(known[gone].id)
    return said


def _block(client: SyncPrefectClient, block_type: str, name: str) -> UUID | None:
    """The id of a block's document; None where there is none of this type and name."""
    try:
        return client.read_block_document_by_name(name, block_type, include_secrets=False).id
    except ObjectNotFound:
        return None


def _of_events(wish: Wish, document: UUID) -> AutomationCore:
    """What the desk itself says that wants a look."""
    labels: dict[str, str | list[str]] = {SEVERITY_LABEL: WANTED}
    if wish.book != EVERY_BOOK:
        labels[BOOK_LABEL] = wish.book
    subject = "{{ event.resource.name }}: {{ event.event }}"
    body = "{{ event.payload.sentence }}\n{{ event.payload.book }} {{ event.payload.session }}"
    trigger = _trigger(labels, {"steelyard.*"})
    return _notification(wish, "what happens", trigger, document, subject, body)


def _of_runs(wish: Wish, document: UUID) -> AutomationCore:
    """Runs that ended without having done what they were there for."""
    subject = "{{ event.resource.name }}: {{ event.resource['prefect.state-name'] }}"
    body = "{{ event.resource['prefect.state-message'] }}\n{{ flow_run | ui_url }}"
    trigger = _trigger(_runs_of(wish), {f"prefect.flow-run.{state}" for state in BAD_ENDS})
    return _notification(wish, "how runs end", trigger, document, subject, body)


def _of_waiting(wish: Wish, document: UUID) -> AutomationCore:
    """Runs that are due and do not begin."""
    subject = "{{ event.resource.name }}: Late"
    body = (
        f"It has not begun for {WAITS_S // 60} minutes: no worker takes it, or the runs before it take all places\n"
        "{{ flow_run | ui_url }}"
    )
    trigger = EventTrigger(
        match=ResourceSpecification(_runs_of(wish)),
        for_each={"prefect.resource.id"},
        after={"prefect.flow-run.Late"},
        expect={"prefect.flow-run.*"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=WAITS_S),
    )
    return _notification(wish, "what does not begin", trigger, document, subject, body)


def _runs_of(wish: Wish) -> dict[str, str | list[str]]:
    labels: dict[str, str | list[str]] = {"prefect.resource.id": "prefect.flow-run.*"}
    if wish.book != EVERY_BOOK:
        labels["prefect.resource.name"] = f"{wish.book} *"
    return labels


def _trigger(labels: dict[str, str | list[str]], expect: set[str]) -> EventTrigger:
    return EventTrigger(
        match=ResourceSpecification(labels),
        expect=expect,
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(0),
    )


def _notification(
    wish: Wish, what: str, trigger: EventTrigger, document: UUID, subject: str, body: str
) -> AutomationCore:
    return AutomationCore(
        name=f"{wish.name}: {what}",
        description=MADE_ANEW,
        trigger=trigger,
        actions=[SendNotification(block_document_id=document, subject=subject, body=body)],
    )
