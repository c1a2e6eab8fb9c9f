"""Webex's ids: base64 of `ciscospark://CLUSTER/KIND/UUID`. A phone has one as a device and one as a calling device."""

import base64
import binascii
import re

from phonetui.text import Printable, printable

_KINDS = {"DEVICE": "CALLING_DEVICE", "CALLING_DEVICE": "DEVICE"}
_PUNCTUATION = str.maketrans("", "", ":-. ")
_BARE = re.compile("[0-9a-f]{12}")


def twin(device: str) -> str | None:
    """The same phone's id of the other kind; None for what isn't a device's id.

    The two share their UUID (seen in the examples of Cisco's OpenAPI file).
    """
    scheme, kind, uuid = _parts(device)
    if kind not in _KINDS:
        return None
    raw = f"{scheme}/{_KINDS[kind]}/{uuid}".encode()
    return base64.b64encode(raw).decode().rstrip("=")


def short(identity: str) -> Printable:
    """The end of the UUID: enough to tell rows apart, and what Control Hub shows."""
    return printable((_parts(identity)[2] or identity)[-12:])


def mac(raw: str) -> str:
    """Twelve lower-case hex digits of however a MAC address is spelled; empty where there aren't twelve."""
    bare = raw.translate(_PUNCTUATION).lower()
    return bare if _BARE.fullmatch(bare) else ""


def _parts(identity: str) -> tuple[str, str, str]:
    """What stands before the kind, the kind, the UUID; empty where it isn't such an id."""
    try:
        text = base64.b64decode(identity + "=" * (-len(identity) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return "", "", ""
    match = re.fullmatch(r"(ciscospark://[^/]+)/(\w+)/([^/]+)", text)
    return (match[1], match[2], match[3]) if match else ("", "", "")
