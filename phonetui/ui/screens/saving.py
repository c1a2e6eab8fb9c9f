"""What leaves a screen for a file: in a form that the operator picks, for the operator's eyes alone."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from textual.screen import Screen

from phonetui.config import places
from phonetui.storage.user_files import create_in, folder
from phonetui.ui.screens import doors


class Form(NamedTuple):
    """One way to write something down."""

    name: str
    told: str
    """What would be written, for the menu."""
    file: str
    suffix: str
    make: Callable[[], str]
    """May take its time: it is called beside the screen."""


def offer(screen: Screen[Any], forms: Sequence[Form]) -> None:
    """Asks in which form, and writes it to a new file."""
    where = folder(places.history().parent)

    def picked(choice: tuple[str, str] | None) -> None:
        form = next((form for form in forms if choice is not None and form.name == choice[0]), None)
        if form is not None:
            screen.app.run_worker(save(form))

    async def save(form: Form) -> None:
        try:
            path = await asyncio.to_thread(lambda: create_in(where, form.file, form.suffix, form.make()))
        except OSError as error:
            screen.app.notify(
                f"{where}: {error.strerror or error}. Nothing was written.", severity="error", markup=False
            )
        else:
            screen.app.notify(f"Written, for you alone to read: {path}", markup=False)

    choices = [(form.name, form.told) for form in forms]
    screen.app.push_screen(doors.copying(choices, question=f"Write to a file in {where}", does="writes it"), picked)
