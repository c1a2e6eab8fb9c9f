"""What of one phone is worth pasting elsewhere, under the names that people call it by.

To the terminal's clipboard from the main screen: one fact of the selected phone, or its call as a note.
"""

from collections.abc import Iterator
from typing import Any

from textual.screen import Screen

from phonetui.phone.journal import Weight
from phonetui.ui.export import note, send
from phonetui.ui.main.phone_tree import name
from phonetui.ui.screens import screen_table
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.view_state import ViewState


def gist(scene: Snapshot) -> Iterator[tuple[str, str]]:
    """Of the selected phone, or of the device that only Webex knows; what nobody said is left out."""
    phone, device = scene.phone, scene.device
    if device is not None:
        known = (("address", device.ip), ("MAC", device.mac), ("serial", device.serial), ("device id", device.id))
        yield from ((name, value) for name, value in known if value)
    if phone is None:
        return
    told = (
        ("address", phone.network.ipv4 or phone.address),
        ("MAC", phone.system.mac or phone.network.ethernet_mac),
        ("host name", phone.system.host_name),
        ("firmware", phone.system.version),
        ("alert", _alert(scene)),
        ("trouble", _trouble(scene)),
    )
    yield from ((name, value) for name, value in told if value)


def _alert(scene: Snapshot) -> str | None:
    """The worst that holds."""
    alert = next((alert for alert in scene.troubles if alert.phone == scene.selected), None)
    return f"{alert.phone} {alert.subject}: {alert.text}".replace(" :", ":") if alert else None


def _trouble(scene: Snapshot) -> str | None:
    """The latest that went wrong, with its moment."""
    wrong = (
        entry
        for entry in reversed(scene.entries)
        if entry.phone == scene.selected and entry.weight in (Weight.WARNING, Weight.TROUBLE)
    )
    entry = next(wrong, None)
    return f"{entry.seen_at.astimezone(scene.zone):%Y-%m-%d %H:%M:%S %Z} {entry.phone}: {entry.text}" if entry else None


def yank(screen: Screen[Any], viewpoint: ViewState) -> None:
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

    screen.app.push_screen(screen_table.copying(choices, question=f"Copy of {whose}"), picked)
