"""Copies text to the terminal's clipboard (OSC 52), and writes files in a format that the operator picks.

No terminal confirms a clipboard's sequence, and some refuse it. Files are for the operator alone to read.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from textual.app import App
from textual.screen import Screen

from phonetui.archive.export import csv_text, json_lines, markdown
from phonetui.config import places
from phonetui.phone.calls.call_ends import CallEnds
from phonetui.phone.calls.call_record import CallRecord, other_end
from phonetui.phone.journal import Weight
from phonetui.private import create_in, writable_folder
from phonetui.ui import screens
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.view_state import ViewState


class ExportFormat(NamedTuple):
    """One way to write something down."""

    name: str
    summary: str
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

    choices = [(form.name, form.summary) for form in forms]
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
    screen: Screen[None], view_state: ViewState, record: CallRecord | None, listed: Sequence[CallEnds] = ()
) -> None:
    """Asks in which form, and writes it to a file: `record` as a note, or all that are `listed`, each end a row."""
    if record is None:
        screen.notify("There is no call to write.", markup=False)
        return
    many = f"{len(listed):,} call{'' if len(listed) == 1 else 's'} as listed"
    name = f"call-{record.phone}-{record.began_at:%Y%m%dT%H%M%SZ}"
    names = f"calls-{view_state.session.clock.now():%Y%m%dT%H%M%SZ}"
    chosen = tuple(end for call in listed for end in call.records) or (record,)
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


def copy_items(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """What can be copied of the selected phone, or of the device that only Webex knows.

    What nobody said is left out.
    """
    phone, device = snapshot.phone, snapshot.device
    if device is not None:
        known = (("address", device.ip), ("MAC", device.mac), ("serial", device.serial), ("device id", device.id))
        yield from ((name, value) for name, value in known if value)
    if phone is None:
        return
    facts = (
        ("address", phone.network.ipv4 or phone.address),
        ("MAC", phone.system.mac or phone.network.ethernet_mac),
        ("host name", phone.system.host_name),
        ("firmware", phone.system.version),
        ("alert", _alert(snapshot)),
        ("trouble", _trouble(snapshot)),
    )
    yield from ((name, value) for name, value in facts if value)


def _alert(snapshot: Snapshot) -> str | None:
    """The worst that holds."""
    alert = next((alert for alert in snapshot.troubles if alert.phone == snapshot.selected), None)
    return f"{snapshot.named([alert])[0].phone} {alert.about}: {alert.text}".replace(" :", ":") if alert else None


def _trouble(snapshot: Snapshot) -> str | None:
    """The latest that went wrong, with its moment."""
    wrong = (
        entry
        for entry in reversed(snapshot.entries)
        if entry.phone == snapshot.selected and entry.weight in (Weight.WARNING, Weight.TROUBLE)
    )
    entry = next(wrong, None)
    if entry is None:
        return None
    whose = snapshot.named([entry])[0].phone
    return f"{entry.seen_at.astimezone(snapshot.zone):%Y-%m-%d %H:%M:%S %Z} {whose}: {entry.text}"


def copy_menu(screen: Screen[Any], view_state: ViewState) -> None:
    """Asks what, and copies it."""
    snapshot = view_state.snapshot()
    choices = list(copy_items(snapshot))
    whose = snapshot.device.shown_name if snapshot.device is not None else view_state.selected
    record = next((record for record in view_state.records if record.phone == view_state.selected), None)
    if record is not None:
        choices.append(("call", note(view_state, record)))
    offer_copy(screen, choices, str(whose), nothing="There is no phone to copy from.")


def offer_copy(screen: Screen[Any], choices: Sequence[tuple[str, str]], whose: str, *, nothing: str) -> None:
    """Asks which of the named texts, and sends it to the clipboard; `nothing` is said where there is none."""

    def picked(choice: tuple[str, str] | None) -> None:
        if choice is not None:
            send(screen.app, choice[1], f"{choice[0][:1].upper()}{choice[0][1:]} of {whose}")

    if choices:
        screen.app.push_screen(screens.Menu(choices, question=f"Copy of {whose}"), picked)
    else:
        screen.notify(nothing, markup=False)
