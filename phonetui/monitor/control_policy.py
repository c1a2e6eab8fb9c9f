"""Whether the operator may act on a phone, and the audit entry of every command sent. Pure: time is a parameter.

Pure: time is a parameter.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from phonetui.config.settings import Config, PhoneSettings
from phonetui.errors import AccessError
from phonetui.fleet.protocol import INITIAL_PERMISSION, Permission
from phonetui.phone.clock import instant
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable
from phonetui.xapi.command import Command, redacted_arguments, redacted_reply
from phonetui.xapi.control_commands import needs_confirmation, only_looks

OK = "OK"
INTERRUPTED = "interrupted"
"""The program ended, or the caller gave up, before the phone answered: it may have acted."""
IDLE_S = 300.0
"""Seconds without a key or a command after which granted control ends."""


class ControlGrants:
    """Phones under control, each with the moment of its last use in monotonic seconds."""

    def __init__(self) -> None:
        self._used_at: dict[PhoneId, float] = {}

    def __contains__(self, phone: PhoneId) -> bool:
        return phone in self._used_at

    def __iter__(self) -> Iterator[PhoneId]:
        return iter(self._used_at)

    def give(self, phone: PhoneId, at: float) -> None:
        """The operator said yes."""
        self._used_at[phone] = at

    def use(self, phone: PhoneId, at: float) -> None:
        """Something was sent: the time starts again, where control was taken."""
        if phone in self._used_at:
            self._used_at[phone] = at

    def end(self, phone: PhoneId) -> bool:
        """Whether there was something to end."""
        return self._used_at.pop(phone, None) is not None

    def expire(self, at: float) -> tuple[PhoneId, ...]:
        """Ends grants that were not used for IDLE_S seconds; returns their phones."""
        ended = tuple(phone for phone, used_at in self._used_at.items() if at - used_at >= IDLE_S)
        for phone in ended:
            del self._used_at[phone]
        return ended


def permission(config: Config, settings: PhoneSettings | None, grants: ControlGrants) -> Permission:
    """`settings` are None of a phone that is not watched any more, which a frozen display may still show: denied."""
    if settings is None or config.read_only:
        return Permission.DENIED
    initial = INITIAL_PERMISSION[settings.control]
    return Permission.GRANTED if initial is Permission.ASK and settings.id in grants else initial


def require(held: Permission, command: Command, *, confirmed: bool) -> None:
    """Raises AccessError unless `command` may be sent.

    What takes the phone from its user, or calls for help, has to be confirmed even where control is not asked for.
    Looking at its screen is no act of control, but a read-only phone is not even looked at.
    """
    if held is Permission.DENIED:
        raise AccessError("read-only: nothing was sent", "Leave out --read-only, or set control")
    if held is Permission.ASK and not confirmed and not only_looks(command):
        raise AccessError("control was not taken: nothing was sent", "Take control of the phone first")
    if needs_confirmation(command) and not confirmed:
        raise AccessError(f"'{command}' was not confirmed: nothing was sent", "It is asked for every time")


class RemoteOperator(Struct, frozen=True):
    """An operator at another machine, by the key that signed the command."""

    name: Printable
    has_control: bool
    """Whether they took control of the phone there, or gave their word for this command."""


def permission_of(held: Permission, operator: RemoteOperator | None) -> Permission:
    """What `operator` may do where this program itself has the permission `held`."""
    if operator is not None and held is Permission.ASK and operator.has_control:
        return Permission.GRANTED
    return held


class AuditEntry(Struct, frozen=True):
    """One command that left for a phone."""

    seen_at: datetime
    """Aware UTC; when it was sent."""
    phone: PhoneId
    address: Printable
    command: Command
    answer: str
    """`OK`, `interrupted`, or the kind of the failure: `refused`, `timed-out`, `unreachable` …"""
    words: Printable = NOTHING
    """The failure's own."""
    reference: Printable = NOTHING
    """Webex's tracking id; empty for what went to a phone."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Beside the command's arguments, JSON without secrets: what an operation of Webex was given."""
    operator: Printable = NOTHING
    """Who had it done from another machine; empty where this program's own user did."""


def audit_line(entry: AuditEntry, user: str) -> str:
    """One object without a line's end, ASCII alone; secrets are stars."""
    arguments: dict[str, Any] = dict(entry.values)
    for name, value in redacted_arguments(entry.command):
        before = arguments.get(name)
        if before is None:
            arguments[name] = value
        else:
            arguments[name] = [*(before if isinstance(before, list) else [before]), value]
    fields: dict[str, object] = {
        "at": instant(entry.seen_at),
        "user": user,
        "phone": entry.phone,
        "address": entry.address,
        "command": str(entry.command),
        "arguments": arguments,
        "answer": entry.answer,
    }
    if entry.operator:
        fields["operator"] = entry.operator
    if entry.reference:
        fields["tracking"] = entry.reference
    if entry.words:
        fields["reason"] = redacted_reply(entry.words, entry.command)
    return json.dumps(fields, separators=(",", ":"))
