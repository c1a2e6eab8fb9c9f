"""Who told which phone to do what, and what it answered: one line of JSON for each command that was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable
from phonetui.xapi.command import Command, redacted_arguments, redacted_reply

OK = "OK"
INTERRUPTED = "interrupted"
"""The program ended, or whoever asked gave up, before the phone answered: it may have acted."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
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


def audit_line(deed: AuditEntry, user: str) -> str:
    """One object without a line's end, ASCII alone; secrets are stars."""
    arguments: dict[str, Any] = dict(deed.values)
    for name, value in redacted_arguments(deed.command):
        before = arguments.get(name)
        if before is None:
            arguments[name] = value
        else:
            arguments[name] = [*(before if isinstance(before, list) else [before]), value]
    fields: dict[str, object] = {
        "at": f"{deed.seen_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z",
        "user": user,
        "phone": deed.phone,
        "address": deed.address,
        "command": str(deed.command),
        "arguments": arguments,
        "answer": deed.answer,
    }
    if deed.reference:
        fields["tracking"] = deed.reference
    if deed.words:
        fields["reason"] = redacted_reply(deed.words, deed.command)
    return json.dumps(fields, separators=(",", ":"))
