"""Reads answers to JetStream's direct gets (ADR-31): from headers and data to values. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from phonetui.errors import PhonetuiError, ProtocolError, Unreachable
from phonetui.text import printable


class StoredValue(NamedTuple):
    subject: str
    sequence: int
    data: bytes
    is_deleted: bool = False


_STORED = re.compile(rb"\r\nNats-Stream: [^\r]+\r\nNats-Subject: ([^\r]+)\r\nNats-Sequence: (\d+)\r\n")
"""As servers write it behind the value's own headers, which may look like it."""
_OPERATION = b"\r\nKV-Operation: "


def value_of(data: bytes, headers: bytes) -> StoredValue | None:
    """Of one among many; None at the end of what was asked for. Raises PhonetuiError."""
    found = _STORED.match(headers, max(headers.rfind(b"\r\nNats-Stream: "), 0))
    if found is None:
        status = headers[9:12].decode("ascii", "replace")
        if status in ("204", "404"):
            return None
        raise refusal(status, {"Description": headers[13:].decode("utf-8", "replace").strip()})
    is_deleted = _OPERATION in headers and (b"KV-Operation: DEL" in headers or b"KV-Operation: PURGE" in headers)
    return StoredValue(found[1].decode(), int(found[2]), data, is_deleted)


def single_value_of(data: bytes, headers: Mapping[str, str]) -> StoredValue | None:
    """Of an answer whose headers were read; None where there is no such value. Raises PhonetuiError."""
    if status := headers.get("Status"):
        if status == "404":
            return None
        raise refusal(status, headers)
    is_deleted = headers.get("KV-Operation") in ("DEL", "PURGE")
    return StoredValue(headers["Nats-Subject"], int(headers["Nats-Sequence"]), data, is_deleted)


def refusal(status: str, headers: Mapping[str, str]) -> PhonetuiError:
    if status == "503":  # nobody listens: there is no such stream
        return Unreachable("the NATS server has no values yet", "A collector makes its streams; JetStream must be on")
    return ProtocolError(f"the NATS server gave no values: {printable(headers.get('Description') or status)}")
