"""What leaves a screen for a file: in a form that the operator picks, for the operator's eyes alone.

Words for the terminal's clipboard: sent with OSC 52, which no terminal confirms and some refuse.

What leaves the screens of remembered calls: a note to the clipboard; a note, CSV or JSON Lines to a file.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from textual.app import App
from textual.screen import Screen

from phonetui.archive.export import csv_text, json_lines, markdown
from phonetui.config import places
from phonetui.phone.calls.call_record import CallRecord, other_end
from phonetui.private import create_in, writable_folder
from phonetui.ui import screens
from phonetui.ui.view_state import ViewState


class ExportFormat(NamedTuple):
    """One way to write something down."""

    name: str
    told: str
    """What would be written, for the menu."""
    file: str
    suffix: str
    make: Callable[[], str]
    """May take its time: it is called beside the screen."""


def offer(screen: Screen[Any], forms: Sequence[ExportFormat]) -> None:
    """Asks in which form, and writes it to a new file."""
    where = writable_folder(places.history().parent)

    def picked(choice: tuple[str, str] | None) -> None:
        form = next((form for form in forms if choice is not None and form.name == choice[0]), None)
        if form is not None:
            screen.app.run_worker(save(form))

    async def save(form: ExportFormat) -> None:
        try:
            path = await asyncio.to_thread(lambda: create_in(where, form.file, form.suffix, form.make()))
        except OSError as error:
            screen.app.notify(
                f"{where}: {error.strerror or error}. Nothing was written.", severity="error", markup=False
            )
        else:
            screen.app.notify(f"Written, for you alone to read: {path}", markup=False)

    choices = [(form.name, form.told) for form in forms]
    screen.app.push_screen(screens.Menu(choices, question=f"Write to a file in {where}", does="writes it"), picked)


CAP = 74_000
"""Bytes of base64 in one sequence; terminals and multiplexers drop longer ones without a word."""


def send(app: App[Any], words: str, what: str) -> None:
    """Sends `words` and says so, or says why not. `what` is our own name for them."""
    size = len(b64encode(words.encode("utf-8", "replace")))
    if size > CAP:
        app.notify(f"{what} is too long for a terminal's clipboard: {size:,} bytes.", severity="warning", markup=False)
        return
    app.copy_to_clipboard(words)
    app.notify(f"{what}: sent to the terminal's clipboard.", markup=False)


def send_reference(app: App[Any], reference: str) -> None:
    """Webex's tracking id of what failed, or of a job: its support asks for it."""
    if reference:
        send(app, reference, "Tracking id")
    else:
        app.notify("There is no tracking id to copy.", markup=False)


NOTE, CSV, LINES = "Markdown", "CSV", "JSON Lines"


def copy(screen: Screen[None], view_state: ViewState, record: CallRecord | None) -> None:
    if record is None:
        screen.notify("There is no call under the cursor.", markup=False)
    else:
        send(screen.app, note(view_state, record), "The call's note")


def note(view_state: ViewState, record: CallRecord) -> str:
    return markdown(record, other_end(record, view_state.records), view_state.session.zone)


def export(
    screen: Screen[None], view_state: ViewState, record: CallRecord | None, listed: Sequence[CallRecord] = ()
) -> None:
    """Asks in which form, and writes it to a file: `record` as a note, or all that are `listed`."""
    if record is None:
        screen.notify("There is no call to write.", markup=False)
        return
    many = f"{len(listed):,} call{'' if len(listed) == 1 else 's'} as listed"
    name = f"call-{record.phone}-{record.began_at:%Y%m%dT%H%M%SZ}"
    names = f"calls-{view_state.session.clock.now():%Y%m%dT%H%M%SZ}"
    chosen = tuple(listed) or (record,)
    forms = [
        ExportFormat(
            NOTE, f"this call of {record.phone}, a note for a ticket", name, "md", lambda: note(view_state, record)
        ),
        ExportFormat(CSV, many, names, "csv", lambda: csv_text(chosen)),
        ExportFormat(
            LINES, many if listed else f"this call of {record.phone}", names, "jsonl", lambda: json_lines(chosen)
        ),
    ]
    offer(screen, [form for form in forms if listed or form.name != CSV])
