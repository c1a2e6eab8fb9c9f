"""What of one phone is worth pasting elsewhere, under the names that people call it by.

To the terminal's clipboard from the main screen: one fact of the selected phone, or its call as a note.
"""

from collections.abc import Iterator
from typing import Any

from textual.screen import Screen

from phonetui.phone.journal import Weight
from phonetui.ui import screens
from phonetui.ui.export import note, send
from phonetui.ui.main.phone_tree import name
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.view_state import ViewState


def gist(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Of the selected phone, or of the device that only Webex knows; what nobody said is left out."""
    phone, device = snapshot.phone, snapshot.device
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
        ("alert", _alert(snapshot)),
        ("trouble", _trouble(snapshot)),
    )
    yield from ((name, value) for name, value in told if value)


def _alert(snapshot: Snapshot) -> str | None:
    """The worst that holds."""
    alert = next((alert for alert in snapshot.troubles if alert.phone == snapshot.selected), None)
    return f"{alert.phone} {alert.subject}: {alert.text}".replace(" :", ":") if alert else None


def _trouble(snapshot: Snapshot) -> str | None:
    """The latest that went wrong, with its moment."""
    wrong = (
        entry
        for entry in reversed(snapshot.entries)
        if entry.phone == snapshot.selected and entry.weight in (Weight.WARNING, Weight.TROUBLE)
    )
    entry = next(wrong, None)
    return (
        f"{entry.seen_at.astimezone(snapshot.zone):%Y-%m-%d %H:%M:%S %Z} {entry.phone}: {entry.text}" if entry else None
    )


def copy_menu(screen: Screen[Any], view_state: ViewState) -> None:
    """Asks what, and copies it."""
    snapshot = view_state.snapshot()
    choices = list(gist(snapshot))
    whose = name(snapshot.device) if snapshot.device is not None else view_state.selected
    record = next((record for record in view_state.records if record.phone == view_state.selected), None)
    if record is not None:
        choices.append(("call", note(view_state, record)))
    if not choices:
        screen.notify("There is no phone to copy from.", markup=False)
        return

    def picked(choice: tuple[str, str] | None) -> None:
        if choice is not None:
            send(screen.app, choice[1], f"{choice[0][:1].upper()}{choice[0][1:]} of {whose}")

    screen.app.push_screen(screens.Menu(choices, question=f"Copy of {whose}"), picked)
