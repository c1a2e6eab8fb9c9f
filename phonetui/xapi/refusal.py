"""A command's refusal as an error: the phone's words, its answer in terminal notation, and the role needed.

Phones know the roles ADMIN, INTEGRATOR and USER (published). Which of them may do what over HTTP, and how a refusal is
worded, is not: the words are those of Cisco's room devices and their kin, the roles follow the room devices' schema
(both inferred). A refusal by HTTP status 403 means the same.
"""

import re
from collections.abc import Mapping

from phonetui.errors import CommandRefused, PermissionDenied, PhonetuiError
from phonetui.text import Printable
from phonetui.xapi import notation
from phonetui.xapi.catalog import CatalogKind
from phonetui.xapi.path import Path

_DENIED = re.compile(
    r"(?:insufficient|missing|lacks?|not enough|no)\W+(?:(?:the|user|access|admin)\W+){0,2}"
    r"(?:permission|privilege|right|role)s?\b"
    r"|(?:permission|access|authori[sz]ation)\W+(?:is\W+|was\W+)?denied"
    r"|(?:user|account|role|operation|request|command|you)\W+(?:(?:is|are)\W+)?not\W+(?:permitted|allowed|authori[sz]ed)"
    r"|^\W*not\W+(?:permitted|allowed|authori[sz]ed)\b|\bunauthori[sz]ed\b|\bforbidden\b",
    re.IGNORECASE,
)
_ADMIN, _STAFF, _ALL = "ADMIN", "ADMIN or INTEGRATOR", "any role"
_COMMANDS = {
    "httpfeedback": _ADMIN,
    "security": _ADMIN,
    "systemunit factoryreset": _ADMIN,
    "systemunit boot": _ALL,
    "call dial": _ALL,
    "bookings": _ALL,
    "ui": _STAFF,
}
"""By the beginning of a command's path, folded; the longest counts."""
_STATUS = {"httpfeedback": _ADMIN, "security": _ADMIN}
_OTHERS = _STAFF
HINT = "The xAPI account's role decides: ADMIN, INTEGRATOR and USER differ"


def is_denied(words: str) -> bool:
    """Whether a phone's reason for a refusal is that the account may not."""
    return _DENIED.search(words) is not None


def role_needed(path: Path, kind: CatalogKind) -> str:
    """Which role is likely to be needed, in words: `ADMIN`, `ADMIN or INTEGRATOR`, `any role`."""
    table = _COMMANDS if kind is CatalogKind.COMMAND else _STATUS
    names = path.folded
    beginnings = (" ".join(names[:depth]) for depth in range(len(names), 0, -1))
    return next((table[beginning] for beginning in beginnings if beginning in table), _OTHERS)


def refused(
    name: Printable, details: Mapping[Path, Printable], status: str, *, prefix: str = "*r", where: str = ""
) -> CommandRefused | PermissionDenied:
    """The phone's "no" to one request, with its own words as the block; PermissionDenied where the account may not.

    `details` are the leaves of the result `name`; `where` ends the sentence, with a colon before it.
    """
    block = tuple(notation.answer_lines(name, details, status, prefix=prefix))
    reason = _reason(details, status)
    if status != "ParameterError" and is_denied(reason):
        return permission_denied(reason, block)
    return CommandRefused(f"the phone refuses: {reason}{where}", block=block)


def _reason(details: Mapping[Path, Printable], status: str) -> str:
    for name in ("Reason", "Error", "Description"):
        if reason := details.get(Path.of(name)):
            return reason
    words = "; ".join(f"{path.names[0]}: {value}" for path, value in details.items() if path.names and value)
    return f"{status} ({words})" if words else status


def permission_denied(words: str, block: tuple[str, ...] = ()) -> PermissionDenied:
    """The error for a refusal in the phone's `words`, with its own answer in the terminal notation as `block`."""
    return PermissionDenied(f"this account may not do that: {words}", HINT, reason="role", block=block)


def with_role(error: PhonetuiError, path: Path, kind: CatalogKind) -> PhonetuiError:
    """A phone's refusal by role once it is known what was refused; other errors come back as they are."""
    if not isinstance(error, PermissionDenied) or error.role:
        return error
    needed = role_needed(path, kind)
    what = f"xCommand {path}" if kind is CatalogKind.COMMAND else f"{path or 'the status tree'}"
    verb = "run" if kind is CatalogKind.COMMAND else "see"
    hint = f"It probably needs the role {needed}. {error.hint}" if needed != _ALL else error.hint
    return PermissionDenied(f"this account may not {verb} {what}", hint, reason="role", block=error.block, role=needed)
