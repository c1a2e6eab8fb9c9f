"""JSON Patch steps for device configurations (RFC 6902, as much of it as Webex takes)."""

from typing import Any

Step = dict[str, Any]


def replaced(key: str, value: Any) -> Step:
    """Sets the dotted `key`, such as `Audio.Ultrasound.MaxVolume`."""
    return {"op": "replace", "path": _place(key), "value": value}


def removed(key: str) -> Step:
    """Takes the setting of `key` away: the default holds again."""
    return {"op": "remove", "path": _place(key)}


def _place(key: str) -> str:
    return f"{key}/sources/configured/value"
