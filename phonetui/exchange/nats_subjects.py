"""The subjects and streams of NATS that collectors and viewers share.

    $KV.ph_row.<site>.<shard>.<phone>      a row of each phone, for everybody
    $KV.ph_state.<site>.<shard>.<phone>    all that is known of a phone, for those who look at it
    $KV.claims.<site>.<shard>              which collector watches the phones of a shard
    ev.<site>.<phone>.<kind>               what happened
    hb.<site>.<collector>                  a collector's sign of life
    ask.<site>.<phone>.<what>              questions, answered by the collector that watches the phone
    cmd.<site>.<phone>                     commands, never kept
    audit.<site>                           what collectors' own audit logs have

Each site has streams of its own, such as `ph_row_<site>`: a direct get says in its body what it wants, so that
permissions can tell streams from each other, and subjects within a stream not.

A token is a name whose characters other than letters, digits, `_` and `-` are escaped as `=` and two hexadecimal
digits for each byte of UTF-8: subjects give dots, blanks and stars a meaning, and keys allow few other characters.
"""

import re
from sys import intern
from typing import Any, NamedTuple
from zlib import crc32

from phonetui.errors import ProtocolError
from phonetui.text import printable

ROWS, STATES, CLAIMS = "ph_row", "ph_state", "claims"
"""Kinds of streams that keep the latest value of each subject."""
EVENTS, AUDIT = "ev", "audit"
"""Kinds of streams that keep what came for a time."""
USER_INFO = "$SYS.REQ.USER.INFO"
"""Where a user asks the server what it may do: a viewer of some sites learns there which they are."""
SHARD_KEY = "_"
"""In place of a phone's token: who watches a shard, and its epoch. A phone's token would be `=5F`."""
MOST_PHONES = 1000
"""Of a shard: a snapshot is asked for shard by shard, and a server gives 1,024 values for a question."""
EVENT_DAYS = 7
MOST_EVENTS = 5_000_000
"""Of a site: some 2 GB. A limit in bytes would be set aside on the server's disk from the beginning."""
AUDIT_DAYS = 400
CLAIM_TTL_S = 15.0

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPE = re.compile(r"=([0-9A-F]{2})")
_HARMLESS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def token(name: str) -> str:
    """A name as one token of a subject; an empty name is `=`."""
    if name == SHARD_KEY:
        return "=5F"
    if _PLAIN.fullmatch(name):
        return name
    return "".join(chr(byte) if byte in _HARMLESS else f"={byte:02X}" for byte in name.encode()) or "="


def name_of(escaped: str) -> str:
    """The name that a token stands for, printable. Raises ProtocolError for what is none."""
    if "=" not in escaped:
        return escaped
    if escaped == "=":
        return ""
    try:
        raw = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), escaped).encode("latin-1").decode()
    except UnicodeError as error:
        raise ProtocolError("a key whose name cannot be read") from error
    return printable(raw)


def shard_of(phone: str, shards: int) -> int:
    """0 … `shards` - 1; the same in every program."""
    return crc32(phone.encode()) % shards


class PhoneKey(NamedTuple):
    """The place of a phone's values in the buckets of rows and states; all three are tokens."""

    site: str
    shard: str
    phone: str

    def subject(self, bucket: str) -> str:
        """The subject of the phone's value in a key-value bucket."""
        return f"$KV.{bucket}.{self.site}.{self.shard}.{self.phone}"

    @property
    def is_shard(self) -> bool:
        """Whether it is the key of a shard instead of a phone."""
        return self.phone == SHARD_KEY

    @classmethod
    def parse(cls, subject: str) -> "PhoneKey":
        """The key in a subject. Raises ProtocolError for another kind of subject."""
        parts = subject.split(".")
        if len(parts) != 5 or parts[0] != "$KV":
            raise ProtocolError("a subject that is no phone's key")
        return cls(intern(parts[2]), intern(parts[3]), parts[4])  # thousands of phones share the first two


def phone_key(site: str, phone: str, shards: int) -> PhoneKey:
    """The key of a site's phone among so many shards."""
    return PhoneKey(token(site), str(shard_of(phone, shards)), token(phone))


def claim_subject(site: str, shard: int) -> str:
    """The subject of the claim of a shard."""
    return f"$KV.{CLAIMS}.{token(site)}.{shard}"


def event_subject(site: str, phone: str, kind: str) -> str:
    """The subject of a phone's events of one kind."""
    return f"ev.{token(site)}.{token(phone)}.{kind}"


def life_subject(site: str, collector: str) -> str:
    """The subject of a collector's heartbeats."""
    return f"hb.{token(site)}.{token(collector)}"


def command_subject(site: str, phone: str) -> str:
    """The subject of commands for a phone."""
    return f"cmd.{token(site)}.{token(phone)}"


def audit_subject(site: str) -> str:
    """The subject of a site's audit entries."""
    return f"audit.{token(site)}"


def stream_of(kind: str, site: str) -> str:
    """The name of a stream; the site is a token."""
    return f"{kind}_{site}"


def streams(site: str) -> tuple[dict[str, Any], ...]:
    """The configuration of every stream of a site, a token, as JetStream's API has it.

    Claims lie on the disk, too: with a server that starts again, claims in memory would be gone, and two collectors
    could watch the same phones until one of them has heard of it.
    """
    bucket = {
        "max_msgs_per_subject": 1, "allow_direct": True, "allow_rollup_hdrs": True, "deny_delete": True,
        "allow_msg_ttl": True, "storage": "file", "discard": "new",
    }  # fmt: skip
    day_ns = 86_400 * 10**9
    return (
        *(
            {"name": stream_of(kind, site), "subjects": [f"$KV.{kind}.{site}.>"], **bucket}
            for kind in (ROWS, STATES, CLAIMS)
        ),
        {
            "name": stream_of(EVENTS, site), "subjects": [f"ev.{site}.>"], "allow_direct": True,
            "max_age": EVENT_DAYS * day_ns, "max_msgs": MOST_EVENTS, "storage": "file",
        },
        {
            "name": stream_of(AUDIT, site), "subjects": [f"audit.{site}"], "allow_direct": True,
            "max_age": AUDIT_DAYS * day_ns, "deny_delete": True, "deny_purge": True, "storage": "file",
        },
    )  # fmt: skip
