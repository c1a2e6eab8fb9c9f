"""What the fields of events about calls are called: other names than the leaves of a call, and their letter case.

No payload is published. Fields are taken to be called as the leaves of a call; the others are those that room devices
use for the same things in their events of calls, and other spellings of ours (inferred).
"""

import re
from collections.abc import Iterable, Mapping

from phonetui.phone.observe import CALL
from phonetui.text import Printable
from phonetui.xapi.document import Event

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "LineId": ("line", "linenumber"),
    "CallId": ("call", "callnumber"),
    "Direction": ("calldirection", "origcalldirection"),
    "PeerName": ("displayname", "remotename", "remotedisplayname"),
    "PeerPhone": ("remoteuri", "remotenumber", "peernumber", "peeruri"),
    "CauseCode": ("causevalue",),
    "CauseString": ("cause", "reason"),
    "Duration": ("callduration",),
}
"""Name here → other names, folded; a field that has the name itself comes first."""
_SEPARATORS = re.compile(r"[\s_-]+")


def _folded(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()


_OWN = {_folded(name): name for name in (*_OTHERS, *(names[-1] for names in CALL))}
_NAMES = {other: name for name, others in _OTHERS.items() for other in others} | _OWN


def leaf_name(name: str) -> str:
    """The name of the call's leaf that tells what a field of this name tells; the name itself where there is none."""
    return _NAMES.get(_folded(name), name)


def call_fields(event: Event) -> dict[str, Printable]:
    """The fields of an event about a call by the names of the call's leaves; those of other names are left out.

    Of several for one leaf that counts which has the leaf's own name, else the first that says anything.
    """
    found: dict[str, Printable] = {}
    for name, value in _own_first(event.fields):
        leaf = leaf_name(name)
        if _folded(leaf) in _OWN and not found.get(leaf):
            found[leaf] = value
    return found


def _own_first(fields: Iterable[tuple[Printable, Printable]]) -> list[tuple[Printable, Printable]]:
    return sorted(fields, key=lambda field: _folded(field[0]) not in _OWN)
