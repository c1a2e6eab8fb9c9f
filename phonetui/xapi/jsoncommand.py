"""An xCommand's arguments and its result as JSON, alike over WebSocket and through Webex."""

from typing import Any

from phonetui import numeric
from phonetui.text import printable
from phonetui.xapi import jsontree
from phonetui.xapi.command import Answer, Command, refused
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT
from phonetui.xapi.shape import MAX_WORDS, Reading

INTEGERS = frozenset({"FeedbackSlot", "CallId", "LineId", "Duration", "Days", "DayOffset", "Limit", "Offset"})
"""Arguments that are integers in the schema of room devices; everything else goes out as text."""


def arguments(command: Command) -> dict[str, Any]:
    """By name; a repeated name makes an array. The body is left out."""
    written: dict[str, Any] = {}
    for name, value in command.arguments:
        number = numeric.integer(value, most=numeric.MAX_INDEX) if name in INTEGERS else None
        typed = value if number is None else number
        if name not in written:
            written[name] = typed
        elif isinstance(written[name], list):
            written[name].append(typed)
        else:
            written[name] = [written[name], typed]
    return written


def title(command: Command) -> str:
    """What a phone calls the result: `CallDialResult`."""
    return f"{''.join(command.path.names[-2:])}Result"


def answer(result: Any, *, name: str) -> Answer:
    """Raises CommandRefused where the result's own status says no."""
    called = printable(name)
    if not isinstance(result, dict):
        text = result if isinstance(result, str) else ""
        return Answer(called, Document({ROOT: Reading().value(text)} if text else None))
    status = jsontree.raw(result.get("status", "OK"))[:MAX_WORDS]
    document = Document(jsontree.walk({key: value for key, value in result.items() if key != "status"}).leaves)
    if status != "OK":
        raise refused(called, document, status)
    return Answer(called, document)
