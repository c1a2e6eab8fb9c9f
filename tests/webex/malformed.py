"""A configuration with everything that Webex's documents disagree about."""

from typing import Any

from tests.webex.fake.world import Json, configurations


def setting(value: Any, space: Json, *, default: Any = None, editability: Json = None, **more: Json) -> dict[str, Json]:
    """As the fake's own, but with `editability` as it is given; configured where a default is."""
    is_set = default is not None
    configured = {"value": value if is_set else None, "editability": editability, **more}
    return {
        "value": value,
        "source": "configured" if is_set else "default",
        "sources": {"default": {"value": default if is_set else value}, "configured": configured},
        "valueSpace": space,
    }


def odd() -> dict[str, Json]:
    number = {"type": "integer", "minimum": 1, "maximum": 4094}
    return {
        **configurations(),
        "Audio.Ringtone.Pattern": setting("Sunrise", {"type": "string", "maxLength": 12}, editability={"editable": True}),
        "Audio.Microphones.Mute": setting(False, {"type": "boolean"}, editability="editable"),
        "NetworkPort[1].VLAN.Id": setting(20, number, default=1, editability={"isEditable": True}, level="device"),
        "NetworkPort[2].VLAN.Id": setting(30, number, editability={"isEditable": False, "reason": "LOCATION_MANAGED"}),
        "NetworkPort[10].VLAN.Id": setting(40, number, editability="FROM_MARS"),
        "Network.Wifi.Passphrase": setting("wifi-Zq9-old", {"type": "string", "minLength": 8}, default="", editability={"isEditable": True}),
        "SystemUnit.Broken": 7,
        "SystemUnit.Name": setting("", {"type": "string", "pattern": "^[a-z]*$"}, editability={"isEditable": True}),
        "SystemUnit.Null": None,
        "SystemUnit.Shape": setting({"a": [1]}, {"oneOf": [{"type": "null"}]}, editability={"future": 1}),
        "Upgrade": setting("Stable", {"enum": ["Stable", "Preview"]}, editability={"isEditable": True}, zzz=None),
    }  # fmt: skip
