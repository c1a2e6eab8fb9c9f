"""Words for the terminal's clipboard: sent with OSC 52, which no terminal confirms and some refuse."""

from base64 import b64encode
from typing import Any

from textual.app import App

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
