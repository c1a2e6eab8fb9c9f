"""xCommands and their results, in putxml's XML and in the JSON of WebSocket and Webex; and their redacted form.

Journals, logs, files and screens show commands redacted.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from msgspec import Struct, field

from phonetui import numeric
from phonetui.errors import CommandRefused, ConfigError, ProtocolError
from phonetui.text import STARS, Printable, is_secret, printable
from phonetui.xapi import jsontree
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.refusal import refused
from phonetui.xapi.xml import MAX_WORDS, Reading, local_name, not_xapi, parse, refusal, walk

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Command(Struct, frozen=True):
    """An xCommand with its arguments, as it is sent over every transport."""

    path: Path
    """Without the document's name: `Call Dial`."""
    arguments: tuple[tuple[str, str], ...] = ()
    """In order; a repeated name makes a list."""
    body: str | None = None
    """The data block of a multi-line command, such as a certificate."""

    def __str__(self) -> str:
        return str(self.path)


class CommandResult(Struct, frozen=True):
    """What a command that was accepted brought back."""

    name: Printable
    """The result's own name: `CallDialResult`."""
    document: Document = field(default_factory=Document)
    """The leaves below it, by paths from the result's top."""
    image: bytes | None = None
    """Where the phone answered with a picture instead of XML."""


def putxml_body(command: Command) -> bytes:
    """The putxml body that runs `command`. Raises ConfigError for words that XML cannot carry."""
    top = node = Element("Command")
    for step in command.path.names:
        node = SubElement(node, step)
    arguments = [*command.arguments, *([("body", command.body)] if command.body is not None else ())]
    for name, value in arguments:
        if not _NAME.fullmatch(name) or _UNWRITABLE.search(value):
            raise ConfigError(f"'{name}' cannot be sent: its name or value holds characters that XML has no place for")
        SubElement(node, name).text = value
    written: bytes = tostring(top, "utf-8")
    return written


def parse_answer(body: bytes) -> CommandResult:
    """What putxml brought back for one command. Raises CommandRefused with the phone's block, or ProtocolError.

    The result element is found by its name's end, not by its whole name, which older software writes differently.
    """
    root = parse(body)
    if local_name(root.tag) == "EmptyResult":
        raise CommandRefused("the phone refuses: no such command", block=_EMPTY_BLOCK)
    if (whole := refusal(root, "*r")) is not None:
        raise whole
    if local_name(root.tag) != "Command":
        raise not_xapi(local_name(root.tag))
    results = [_result(child) for child in root if local_name(child.tag).endswith("Result")]
    if not results:
        raise ProtocolError("an answer to a command without a result")
    return results[0]


_EMPTY_BLOCK = ("*r Result (status=Error):", '*r Result Reason: "No such command"', "** end")


def _result(element: Element) -> CommandResult:
    """The leaves below a result, its own text at the empty path. Raises CommandRefused where its status says no."""
    name, reading = printable(local_name(element.tag)), walk(element)
    if not len(element) and element.text and element.text.strip():
        reading.leaves[ROOT] = reading.value(element.text.strip())
    return _accepted(name, Document(reading.leaves), printable(element.get("status", "OK")[:MAX_WORDS]))


def _accepted(name: Printable, document: Document, status: str) -> CommandResult:
    if status != "OK":
        raise refused(name, document, status)
    return CommandResult(name, document)


INTEGERS = frozenset({"FeedbackSlot", "CallId", "LineId", "Duration", "Days", "DayOffset", "Limit", "Offset"})
"""Arguments that are integers in the schema of room devices; everything else goes out as text."""


def json_arguments(command: Command, kinds: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """The arguments by name; a repeated name makes an array.

    The body is left out. `kinds` are those of value spaces, `integer` or others, by names in lower case; INTEGERS
    decides where none is.
    """
    written: dict[str, Any] = {}
    for name, value in command.arguments:
        is_integer = kinds[name.casefold()] == "integer" if kinds.get(name.casefold()) else name in INTEGERS
        number = numeric.signed(value, most=numeric.MAX_INDEX) if is_integer else None
        typed = value if number is None else number
        if name not in written:
            written[name] = typed
        elif isinstance(written[name], list):
            written[name].append(typed)
        else:
            written[name] = [written[name], typed]
    return written


def result_name(command: Command) -> Printable:
    """What a phone calls the result: `CallDialResult`."""
    return printable(f"{''.join(command.path.names[-2:])}Result")


def json_result(result: Any, *, name: Printable) -> CommandResult:
    """The result of a command as JSON has it. Raises CommandRefused where the result's own status says no."""
    if not isinstance(result, dict):
        text = result if isinstance(result, str) else ""
        return CommandResult(name, Document({ROOT: Reading().value(text)} if text else None))
    status = jsontree.raw(result.get("status", "OK"))[:MAX_WORDS]
    document = Document(jsontree.walk({key: value for key, value in result.items() if key != "status"}).leaves)
    return _accepted(name, document, status)


_USER_INFO = re.compile(r"(?<=//)[^\s/@]*@")
_TYPED = re.compile(r"""([A-Za-z_][A-Za-z0-9_.-]*)=("[^"]*"?|'[^']*'?|\S+)""")


def redacted_arguments(command: Command) -> tuple[tuple[str, str], ...]:
    """The arguments in order, with stars for secrets and for the user part of URLs; a data block by its length."""
    body = () if command.body is None else (("body", f"{len(command.body)} characters"),)
    return (*((name, _value(name, value)) for name, value in command.arguments), *body)


def redacted_command(command: Command) -> Printable:
    """The command as one line for people and logs, with stars for its secrets."""
    return printable(" ".join([str(command), *(f"{name}={value}" for name, value in redacted_arguments(command))]))


def redacted_reply(words: str, command: Command) -> Printable:
    """What a phone said to a command, with stars where it repeats a secret of it."""
    for name, value in command.arguments:
        if is_secret(name) and value:
            words = words.replace(value, STARS)
    return printable(words)


def redacted_line(line: str) -> str:
    """A line as it was typed, which may be half a command, with stars for its secrets."""
    return _TYPED.sub(lambda match: f"{match[1]}={_value(match[1], match[2])}", line)


def _value(name: str, value: str) -> str:
    return STARS if is_secret(name) else _USER_INFO.sub(f"{STARS}@", value)
