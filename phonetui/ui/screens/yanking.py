"""To the terminal's clipboard from the main screen: one fact of the selected phone, or its call as a note."""

from typing import Any

from textual.screen import Screen

from phonetui.ui.clipboard import send
from phonetui.ui.gist import gist
from phonetui.ui.panes.tree import name
from phonetui.ui.screens import doors
from phonetui.ui.screens.exporting import note
from phonetui.ui.viewpoint import Viewpoint


def yank(screen: Screen[Any], viewpoint: Viewpoint) -> None:
    """Asks what, and copies it."""
    scene = viewpoint.scene()
    choices = list(gist(scene))
    whose = name(scene.device) if scene.device is not None else viewpoint.selected
    record = next((record for record in viewpoint.records if record.phone == viewpoint.selected), None)
    if record is not None:
        choices.append(("call", note(viewpoint, record)))
    if not choices:
        screen.notify("There is no phone to copy from.", markup=False)
        return

    def picked(choice: tuple[str, str] | None) -> None:
        if choice is not None:
            send(screen.app, choice[1], f"{choice[0][:1].upper()}{choice[0][1:]} of {whose}")

    screen.app.push_screen(doors.copying(choices, question=f"Copy of {whose}"), picked)
