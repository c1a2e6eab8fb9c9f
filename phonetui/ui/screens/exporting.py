"""What leaves the screens of remembered calls: a note to the clipboard; a note, CSV or JSON Lines to a file."""

from collections.abc import Sequence

from textual.screen import Screen

from phonetui.archive.export import csv_text, json_lines
from phonetui.archive.note import markdown
from phonetui.phone.calls.call_record import CallRecord, other_end
from phonetui.ui.clipboard import send
from phonetui.ui.screens.saving import Form, offer
from phonetui.ui.viewpoint import Viewpoint

NOTE, CSV, LINES = "Markdown", "CSV", "JSON Lines"


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
    name = f"call-{record.phone}-{record.began_at:%Y%m%dT%H%M%SZ}"
    names = f"calls-{viewpoint.session.clock.now():%Y%m%dT%H%M%SZ}"
    chosen = tuple(listed) or (record,)
    forms = [
        Form(NOTE, f"this call of {record.phone}, a note for a ticket", name, "md", lambda: note(viewpoint, record)),
        Form(CSV, many, names, "csv", lambda: csv_text(chosen)),
        Form(LINES, many if listed else f"this call of {record.phone}", names, "jsonl", lambda: json_lines(chosen)),
    ]
    offer(screen, [form for form in forms if listed or form.name != CSV])
