"""Reads a NATS server's own answers: JetStream's direct gets (ADR-31), and a user's permissions. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, ValidationError, convert, field

from phonetui.errors import PhonetuiError, ProtocolError, Unreachable
from phonetui.exchange.nats_subjects import ROWS
from phonetui.text import printable


class StoredValue(NamedTuple):
    """One value of a key-value bucket with its subject and its sequence number in the stream."""

    subject: str
    sequence: int
    data: bytes
    is_deleted: bool = False


_STORED = re.compile(rb"\r\nNats-Stream: [^\r]+\r\nNats-Subject: ([^\r]+)\r\nNats-Sequence: (\d+)\r\n")
"""As servers write it behind the value's own headers, which may look like it."""
_OPERATION = b"\r\nKV-Operation: "


def value_of(data: bytes, headers: bytes) -> StoredValue | None:
    """The value of one message among many; None at the end of what was asked for. Raises PhonetuiError."""
    found = _STORED.match(headers, max(headers.rfind(b"\r\nNats-Stream: "), 0))
    if found is None:
        status = headers[9:12].decode("ascii", "replace")
        if status in ("204", "404"):
            return None
        raise refusal(status, {"Description": headers[13:].decode("utf-8", "replace").strip()})
    is_deleted = _OPERATION in headers and (b"KV-Operation: DEL" in headers or b"KV-Operation: PURGE" in headers)
    return StoredValue(found[1].decode(), int(found[2]), data, is_deleted)


def single_value_of(data: bytes, headers: Mapping[str, str]) -> StoredValue | None:
    """The value of an answer whose headers were read; None where there is no such value. Raises PhonetuiError."""
    if status := headers.get("Status"):
        if status == "404":
            return None
        raise refusal(status, headers)
    is_deleted = headers.get("KV-Operation") in ("DEL", "PURGE")
    return StoredValue(headers["Nats-Subject"], int(headers["Nats-Sequence"]), data, is_deleted)


def refusal(status: str, headers: Mapping[str, str]) -> PhonetuiError:
    """The error for an answer with this status of the server's."""
    if status == "503":  # nobody listens: there is no such stream
        return Unreachable("the NATS server has no values yet", "A collector makes its streams; JetStream must be on")
    return ProtocolError(f"the NATS server gave no values: {printable(headers.get('Description') or status)}")


class _Subjects(Struct):
    allow: list[str] = []


class _Permissions(Struct):
    subscribe: _Subjects = field(default_factory=_Subjects)


class _User(Struct):
    permissions: _Permissions | None = None
    """Without them everything is allowed."""


def sites_of(answer: object) -> list[str] | None:
    """The sites whose rows the user may see, as tokens; None for all.

    Raises ProtocolError for what is no such answer.
    """
    try:
        user = convert(answer, _User)
    except ValidationError as error:
        raise ProtocolError("the NATS server's answer cannot be read") from error
    if user.permissions is None or not user.permissions.subscribe.allow:
        return None
    allowed = [subject.split(".") for subject in user.permissions.subscribe.allow]
    sites = [steps[2] for steps in allowed if steps[:2] == ["$KV", ROWS] and len(steps) > 2]
    is_all = [">"] in allowed or ["$KV", ">"] in allowed or "*" in sites or ">" in sites
    return None if is_all else sites
