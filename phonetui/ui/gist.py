"""What of one phone is worth pasting elsewhere, under the names that people call it by."""

from collections.abc import Iterator

from phonetui.phone.journal import Weight
from phonetui.ui.panes.scene import Scene


def gist(scene: Scene) -> Iterator[tuple[str, str]]:
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


def _alert(scene: Scene) -> str | None:
    """The worst that holds."""
    alert = next((alert for alert in scene.troubles if alert.phone == scene.selected), None)
    return f"{alert.phone} {alert.subject}: {alert.text}".replace(" :", ":") if alert else None


def _trouble(scene: Scene) -> str | None:
    """The latest that went wrong, with its moment."""
    wrong = (
        entry
        for entry in reversed(scene.entries)
        if entry.phone == scene.selected and entry.weight in (Weight.WARNING, Weight.TROUBLE)
    )
    entry = next(wrong, None)
    return f"{entry.seen_at.astimezone(scene.zone):%Y-%m-%d %H:%M:%S %Z} {entry.phone}: {entry.text}" if entry else None
