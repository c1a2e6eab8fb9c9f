"""Signed commands from another machine: what is signed, by whom, and when it may be carried out.

    operator ──envelope, signed by their nkey──► collector: signature, allow-list, time, seen before, epoch ──► the door
             ◄──accepted, then done or refused──                                                 of any local command

Pure: the time is a parameter. An nkey is an Ed25519 key whose public half is written in base32 with a prefix byte for
its kind and a CRC-16 (nats.io, nkeys).
"""

from base64 import b32decode
from binascii import Error as NotBase32
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from phonetui.errors import AccessError, ConfigError
from phonetui.phone.measure import Moment
from phonetui.text import Printable, printable

LIFE_S = 5.0
"""The longest that a command may be on its way."""
EARLY_S = 2.0
"""By which it may seem to come before it was signed: clocks differ."""
MOST_SEEN = 100_000
_PREFIX = b"phonetui command 1\n"
"""Signed with it, so that no signature of anything else passes for a command."""


class CommandEnvelope(Struct, frozen=True):
    """One command for one phone, as an operator signs it."""

    id: str
    """Unique: what was carried out is not carried out again."""
    site: str
    phone: str
    """By its name at the site."""
    verb: str
    """`dial`, `press` or `command`."""
    words: tuple[str, ...]
    """A number; a key; a path's steps."""
    operator: str
    """Public nkey."""
    issued: Moment
    expires: Moment
    epoch: int
    """Of the phone's shard, as the operator saw it: another collector knows nothing of what was on their screen."""
    arguments: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    has_control: bool = False
    """Whether the operator took control of the phone."""
    is_confirmed: bool = False
    """Whether they gave their word for this very command."""


class SignedCommand(Struct, frozen=True):
    """An envelope with its signature, as it is sent."""

    envelope: bytes
    """JSON of a `CommandEnvelope`, as it was signed."""
    signature: bytes


def signed_bytes(envelope: bytes) -> bytes:
    """What is signed of an envelope: its bytes behind a prefix, so that a signature holds for nothing else."""
    return _PREFIX + envelope


def verifying_key(public: str) -> Ed25519PublicKey:
    """The key of an operator's public nkey. Raises ConfigError for what is no public nkey of a user."""
    try:
        raw = b32decode(public.encode() + b"=" * (-len(public) % 8))
        if not public.startswith("U") or len(raw) != 35:
            raise ConfigError(
                f"'{printable(public[:20])}' is no public nkey of a user", "It has 56 characters, U first"
            )
        return Ed25519PublicKey.from_public_bytes(raw[1:33])
    except (NotBase32, UnicodeError, ValueError) as error:
        raise ConfigError(f"'{printable(public[:20])}' is no public nkey", "It has 56 characters, U first") from error


class CommandGate:
    """Opens for a signed command once."""

    def __init__(self, operators: tuple[str, ...]) -> None:
        """Each is a public nkey, a blank and a name before it if wished. Raises ConfigError."""
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._names: dict[str, Printable] = {}
        for words in operators:
            name, _, public = words.strip().rpartition(" ")
            self._keys[public] = verifying_key(public)
            self._names[public] = printable(name or public)
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    def name(self, public: str) -> Printable:
        """The name of an operator, for the audit log."""
        return self._names.get(public, printable(public[:80]))

    def open(self, signed: SignedCommand, site: str, epochs: Mapping[str, int], now: datetime) -> CommandEnvelope:
        """The command, which may be carried out now and not again; `epochs` are of the phones' shards, by phone.

        Raises AccessError saying why it is not.
        """
        try:
            envelope = msgspec.json.decode(signed.envelope, type=CommandEnvelope)
        except msgspec.MsgspecError as error:
            raise AccessError("the command cannot be read") from error
        key = self._keys.get(envelope.operator)
        if key is None:
            hint = "The collector's [nats] operators has those that may"
            raise AccessError("this operator's key is not among those that may send commands", hint)
        try:
            key.verify(signed.signature, signed_bytes(signed.envelope))
        except InvalidSignature as error:
            raise AccessError("the command's signature is not its operator's") from error
        self._check_time(envelope, now)
        if envelope.site != site or envelope.phone not in epochs:
            raise AccessError("the command is for another site or phone")
        if epochs[envelope.phone] != envelope.epoch:
            raise AccessError(
                "another collector watches the phone by now: nothing was sent", "Look at it and try again"
            )
        if envelope.id in self._seen:
            raise AccessError("the command was sent before: it is not carried out twice")
        self._remember(envelope, now)
        return envelope

    def _check_time(self, envelope: CommandEnvelope, now: datetime) -> None:
        if envelope.expires - envelope.issued > timedelta(seconds=LIFE_S):
            raise AccessError("the command would be good for too long")
        if now > envelope.expires:
            late_s = (now - envelope.issued).total_seconds()
            raise AccessError(
                f"the command came {late_s:.0f} s after it was signed: nothing was sent", "Compare clocks"
            )
        if now < envelope.issued - timedelta(seconds=EARLY_S):
            raise AccessError("the command was signed in the future: nothing was sent", "Compare clocks")

    def _remember(self, envelope: CommandEnvelope, now: datetime) -> None:
        """For as long as it could come again; where that are too many, nobody is let in rather than one twice."""
        while self._seen and next(iter(self._seen.values())) < now - timedelta(seconds=2 * LIFE_S):
            self._seen.popitem(last=False)
        if len(self._seen) >= MOST_SEEN:
            raise AccessError("too many commands at once: nothing was sent", "Try again in ten seconds")
        self._seen[envelope.id] = envelope.expires
