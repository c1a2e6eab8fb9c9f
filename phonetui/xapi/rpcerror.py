"""What an error of the WebSocket's wire means to us, and the phone's words in the terminal notation.

Negative codes are JSON-RPC's and those that Cisco's room devices add; small positive ones say that the request was
understood and refused (1 a command that failed; 2 to 6 are known from a published client's own table).
"""

from dataclasses import dataclass
from typing import Any, NoReturn

from phonetui import numeric
from phonetui.errors import Busy, PhonetuiError, ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi import jsontree
from phonetui.xapi.command import refused
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import Path
from phonetui.xapi.permission import denied
from phonetui.xapi.shape import MAX_WORDS

UNKNOWN_METHOD = -32601
INVALID_PARAMETERS = -32602
INTERNAL = -32603
DENIED = -31999
TOO_MANY_SUBSCRIBERS = -31998
NOT_READY = -31997
INVALID_PATH = 3
PARAMETER_ERROR = 4


@dataclass(frozen=True, slots=True)
class Complaint:
    """An `error` member, read."""

    code: int
    message: Printable
    data: Document
    """The leaves of `data`, such as `Cause`."""


def complaint(error: Any) -> Complaint:
    """Whatever stands there, read as far as it can be; an unreadable code counts as an internal error."""
    if not isinstance(error, dict):
        return Complaint(INTERNAL, _words(error), EMPTY)
    code = jsontree.raw(error.get("code"))
    known = numeric.signed(code)
    data = error.get("data")
    leaves = jsontree.walk(data).leaves if isinstance(data, dict) else {}
    if data is not None and not isinstance(data, dict | list):
        leaves = {Path.of("Description"): _words(data)}
    return Complaint(INTERNAL if known is None else known, _words(error.get("message")), Document(leaves))


def of_reading(said: Complaint) -> Document:
    """A place that the phone doesn't have is empty, as getxml answers it; every other error is raised."""
    if said.code in (INVALID_PARAMETERS, INVALID_PATH) or "no match" in said.message.casefold():
        return EMPTY
    raise _refused_read(said)


def of_other(said: Complaint) -> NoReturn:
    """For everything that is neither a reading nor a command."""
    raise _refused_read(said)


def of_command(said: Complaint, *, path: Path, name: str) -> NoReturn:
    if said.code == UNKNOWN_METHOD:
        details = {Path.of("Reason"): said.message, Path.of("XPath"): printable(f"/{'/'.join(path.names)}")}
        raise refused(printable("Result"), Document(details), "Error")
    if said.code in (INVALID_PARAMETERS, PARAMETER_ERROR):
        raise refused(printable(name), _explained(said), "ParameterError")
    if said.code >= 0:
        raise refused(printable(name), _explained(said), "Error")
    raise _general(said)


def _refused_read(said: Complaint) -> PhonetuiError:
    if said.code >= 0 or said.code in (INVALID_PARAMETERS, UNKNOWN_METHOD):
        return refused(printable("Result"), _explained(said), "Error", prefix="*s")
    return _general(said)


def _explained(said: Complaint) -> Document:
    return Document({Path.of("Reason"): said.message, **said.data})


def _general(said: Complaint) -> PhonetuiError:
    if said.code == DENIED:
        return denied(said.message)
    if said.code == TOO_MANY_SUBSCRIBERS:
        return Busy(f"the phone has too many subscribers: {said.message}")
    if said.code == NOT_READY:
        return Busy(f"the phone is not ready yet: {said.message}")
    return ProtocolError(f"the phone answers with error {said.code}: {said.message}")


def _words(said: Any) -> Printable:
    return printable(said.strip()[:MAX_WORDS]) if isinstance(said, str) and said.strip() else printable("error")
