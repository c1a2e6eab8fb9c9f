"""What a leaf's text may give away, by the leaf's place in the tree.

Places of the catalogue are known; for others the name is all there is to go by, and what it doesn't tell is treated
like text in which anything may stand.
"""

import re
from enum import Enum
from functools import lru_cache

from phonetui.xapi.catalog import Type, phoneos
from phonetui.xapi.path import Path


class Meaning(Enum):
    PLAIN = "plain"
    """The field's own words and figures: kept, but for addresses and for what was hidden elsewhere."""
    FREE = "free"
    """Anything: only common words, short numbers and times are kept."""
    NUMBER = "number"
    NAME = "name"
    PARTY = "party"
    """The name of who a call is with: hidden even if it is made of common words."""
    USER = "user"
    HOST = "host"
    SERIAL = "serial"
    SECRET = "secret"  # noqa: S105 - a word for a meaning, no secret


DOCUMENTS = frozenset({"command", "valuespace", "status", "configuration", "emptyresult", "fault"})
"""Root elements of xAPI."""
STRUCTURE = frozenset(
    {
        "apiversion", "access", "command", "default", "encoding", "error", "ghost", "item", "maxoccurrence",
        "minoccurrence", "multiline", "product", "required", "role", "status", "type", "valuespaceref", "version",
        "xmlns",
    }
)  # fmt: skip
"""Attributes that say how a document is built."""

_KNOWN = {
    "Bookings Current Id": Meaning.SECRET,
    "Bookings Current MeetingId": Meaning.SECRET,
    "HttpFeedback Expression": Meaning.PLAIN,
    "HttpFeedback URL": Meaning.FREE,
    "Line Call Callback": Meaning.NUMBER,
    "Line Call Decoder": Meaning.PLAIN,
    "Line Call Encoder": Meaning.PLAIN,
    "Line Call PeerName": Meaning.PARTY,
    "Line Call PeerPhone": Meaning.NUMBER,
    "Line Call MappedRtpPort": Meaning.PLAIN,
    "Line Call MOSCQ": Meaning.PLAIN,
    "Line Call MOSLQ": Meaning.PLAIN,
    "Line Call Duration": Meaning.PLAIN,
    "PhoneStatus CurrentTime": Meaning.PLAIN,
    "PhoneStatus ElapsedTime": Meaning.PLAIN,
    "PhoneStatus PCPort": Meaning.PLAIN,
    "PhoneStatus PCPortConfig": Meaning.PLAIN,
    "PhoneStatus SWPort": Meaning.PLAIN,
    "PhoneStatus SWPortConfig": Meaning.PLAIN,
    "SystemUnit HostName": Meaning.HOST,
    "SystemUnit ProductId": Meaning.PLAIN,
    "SystemUnit ProductType": Meaning.PLAIN,
    "SystemUnit Hardware Module VID": Meaning.PLAIN,
    "SystemUnit Hardware Module Version": Meaning.PLAIN,
    "SystemUnit Software Version": Meaning.PLAIN,
    "ThousandEyes Version": Meaning.PLAIN,
}
"""Where the catalogue's type alone doesn't tell."""

_HINTS = (
    (
        Meaning.SECRET,
        "passw|pwd|secret|token|credential|cookie|fingerprint|[ug]uid|meetingid|activation|psk|pin$|hash",
    ),
    (Meaning.SERIAL, "serial|udi$"),
    (Meaning.USER, "user|login|account|auth"),
    (Meaning.FREE, "url|uri|neighborport|status$|state$|time|date|type$|version|interval|mode$|count|enable"),
    (Meaning.HOST, "host|domain|server|proxy|registrar|neighbor|dns|fqdn|gateway|router|deviceid"),
    (Meaning.NUMBER, "number|phone|dial|extension|forward|redial|callback|voicemail|mobile|fax|did$"),
    (
        Meaning.NAME,
        "name|display|label|owner|organi|person|title|contact|location|site|room|descr|mail|ssid|company",
    ),
)
"""Parts of folded names without separators, the first that fits; Organizer and Organisation are both of `organi`."""
_SEPARATORS = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def meaning(path: Path) -> Meaning:
    """Of a leaf of the status tree, or with a path of one name of any document's element."""
    catalog = phoneos()
    names = catalog.canonical(path).names
    if (known := _KNOWN.get(" ".join(names))) is not None:
        return known
    entry = catalog.find(path)
    if entry is not None and entry.type is not Type.CONTAINER:
        return Meaning.PLAIN if entry.type in (Type.LITERAL, Type.INTEGER) else Meaning.FREE
    return _hinted(names[-1]) if names else Meaning.FREE


def counts(path: Path) -> bool:
    """Whether integers at this place are counters: below the statistics, or typed so in the catalogue."""
    catalog, names = phoneos(), path.names
    entry = catalog.find(path)
    if entry is not None and entry.type is Type.INTEGER:
        return True
    return tuple(name.casefold() for name in names[:2]) == ("network", "statistics")


def _hinted(name: str) -> Meaning:
    folded = _SEPARATORS.sub("", name.casefold())
    return next((found for found, hint in _HINTS if re.search(hint, folded)), Meaning.FREE)
