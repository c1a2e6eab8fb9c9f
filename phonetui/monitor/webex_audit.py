"""Writes to Webex, each with its line in the audit log, whoever sends them: dashboard and command line alike."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from phonetui.errors import PhonetuiError
from phonetui.monitor.control_policy import INTERRUPTED, OK, AuditEntry
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, STARS, Printable, printable
from phonetui.webex.answer import redacted
from phonetui.webex.operations import FieldKind, Operation
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.client import WebexClient
    from phonetui.webex.operations import Values

WEBEX = PhoneId("webex")
"""Stands in the journal and in the audit log where a phone's name would."""


async def run_audited(
    webex: "WebexClient",
    asked: Operation,
    values: "Values",
    record: Callable[[AuditEntry], None],
    about: Printable = NOTHING,
) -> "WebexAnswer":
    """Runs a write; `record` is called once, however it ends. `about` is the phone that it concerns.

    Raises PhonetuiErrors.
    """
    command = Command(Path.of(WEBEX, *asked.name.split()))
    given = audit_values(asked, values)
    entry = AuditEntry(datetime.now(UTC), PhoneId(about or WEBEX), printable(WEBEX), command, OK, values=given)
    try:
        answer = await webex.run(asked, values)
    except PhonetuiError as error:
        record(replace(entry, answer=error.kind, words=error.message, reference=error.reference))
        raise
    except BaseException:  # cancelled, or interrupted at the terminal: Webex may have done it
        record(replace(entry, answer=INTERRUPTED))
        raise
    record(replace(entry, reference=answer.tracking))
    return answer


def audit_values(asked: Operation, values: "Values") -> dict[str, Any]:
    """What the operation was given, for the audit log: without its secrets."""
    secrets = {each.name for each in asked.fields if each.kind is FieldKind.SECRET}
    given = {name: value for name, value in values.items() if value is not None}
    return {name: STARS if name in secrets else redacted(value) for name, value in given.items()}
