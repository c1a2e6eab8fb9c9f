"""What leaves the screens of remembered calls: a note to the clipboard; a note, CSV or JSON Lines to a file."""

import asyncio
from collections.abc import Callable, Sequence

from textual.screen import Screen

from phonetui.archive.export import csv_text, json_lines
from phonetui.archive.note import markdown
from phonetui.config import places
from phonetui.phone.record import CallRecord, other_end
from phonetui.ui.clipboard import send
from phonetui.ui.exports import folder, write
from phonetui.ui.screens import doors
from phonetui.ui.viewpoint import Viewpoint

NOTE, CSV, LINES = "Markdown", "CSV", "JSON Lines"
_SUFFIXES = {NOTE: "md", CSV: "csv", LINES: "jsonl"}


def copy(screen: Screen[None], viewpoint: Viewpoint, record: CallRecord | None) -> None:
    if record is None:
        screen.notify("There is no call under the cursor.", markup=False)
    else:
        send(screen.app, note(viewpoint, record), "The call's note")


def note(viewpoint: Viewpoint, record: CallRecord) -> str:
    return markdown(record, other_end(record, viewpoint.records), viewpoint.session.zone)


def export(
    screen: Screen[None], viewpoint: Viewpoint, record: CallRecord | None, listed: Sequence[CallRecord] = ()
) -> None:
    """Asks in which form, and writes it to a file: `record` as a note, or all that are `listed`."""
    if record is None:
        screen.notify("There is no call to write.", markup=False)
        return
    many = f"{len(listed):,} call{'' if len(listed) == 1 else 's'} as listed"
    forms = [(NOTE, f"this call of {record.phone}, a note for a ticket")]
    forms += [(CSV, many), (LINES, many)] if listed else [(LINES, f"this call of {record.phone}")]
    chosen = tuple(listed) or (record,)
    makers: dict[str, Callable[[], str]] = {
        NOTE: lambda: note(viewpoint, record),
        CSV: lambda: csv_text(chosen),
        LINES: lambda: json_lines(chosen),
    }
    where = folder(places.history().parent)

    def picked(form: tuple[str, str] | None) -> None:
        if form is None:
            return
        stamp = f"{viewpoint.session.clock.now():%Y%m%dT%H%M%SZ}"
        name = f"call-{record.phone}-{record.began_at:%Y%m%dT%H%M%SZ}" if form[0] == NOTE else f"calls-{stamp}"
        screen.app.run_worker(save(makers[form[0]], name, _SUFFIXES[form[0]]))

    async def save(make: Callable[[], str], name: str, suffix: str) -> None:
        try:
            path = await asyncio.to_thread(lambda: write(make(), where, name, suffix))
        except OSError as error:
            screen.app.notify(
                f"{where}: {error.strerror or error}. Nothing was written.", severity="error", markup=False
            )
        else:
            screen.app.notify(f"Written, for you alone to read: {path}", markup=False)

    screen.app.push_screen(doors.copying(forms, question=f"Write to a file in {where}", does="writes it"), picked)
