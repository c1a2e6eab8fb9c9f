"""An xCommand, what a phone answers to it, and both as putxml's XML."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, tostring

from phonetui.errors import AccessError, CommandRefused, ConfigError, ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi import notation
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.permission import denied, is_denied
from phonetui.xapi.shape import MAX_WORDS
from phonetui.xapi.xml import local, not_xapi, parse, refusal, walk

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Command:
    path: Path
    """Without the document's name: `Call Dial`."""
    arguments: tuple[tuple[str, str], ...] = ()
    """In order; a repeated name makes a list."""
    body: str | None = None
    """The data block of a multi-line command, such as a certificate."""

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command that was accepted brought back."""

    name: Printable
    """The result's own name: `CallDialResult`."""
    document: Document = field(default_factory=Document)
    """The leaves below it, by paths from the result's top."""
    image: bytes | None = None
    """Where the phone answered with a picture instead of XML."""


def request(command: Command) -> bytes:
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


def parse_answer(body: bytes) -> Answer:
    """What putxml brought back for one command. Raises CommandRefused with the phone's block, or ProtocolError.

    The result element is found by its name's end, not by its whole name, which older software writes differently.
    """
    root = parse(body)
    if local(root.tag) == "EmptyResult":
        raise CommandRefused("the phone refuses: no such command", block=_EMPTY_BLOCK)
    if local(root.tag) != "Command":
        raise refusal(root, "*r") or not_xapi(local(root.tag))
    if (whole := refusal(root, "*r")) is not None:
        raise whole
    answers = [_answer(child) for child in root if local(child.tag).endswith("Result")]
    if not answers:
        raise ProtocolError("an answer to a command without a result")
    return answers[0]


def _answer(result: Element) -> Answer:
    """Raises CommandRefused where its status says no; several may come, and one of them may."""
    answer = Answer(printable(local(result.tag)), _outcome(result))
    status = printable(result.get("status", "OK")[:MAX_WORDS])
    if status != "OK":
        raise refused(answer.name, answer.document, status)
    return answer


def refused(name: Printable, details: Document, status: str, *, prefix: str = "*r") -> CommandRefused | AccessError:
    """The phone's "no" to one request, with its own words as the block; AccessError where the account may not."""
    block = tuple(notation.answer_lines(name, details, status, prefix=prefix))
    if status != "ParameterError" and is_denied(reason := _reason(details, status)):
        return denied(reason, block)
    return CommandRefused(f"the phone refuses: {_reason(details, status)}", block=block)


_EMPTY_BLOCK = ("*r Result (status=Error):", '*r Result Reason: "No such command"', "** end")


def _outcome(result: Element) -> Document:
    """The leaves below a result; the text of the result element itself stands at the empty path."""
    reading = walk(result)
    if not len(result) and result.text and result.text.strip():
        reading.leaves[ROOT] = reading.value(result.text.strip())
    return Document(reading.leaves)


def _reason(document: Document, status: str) -> str:
    for name in ("Reason", "Error", "Description"):
        if name_value := document.get(Path.of(name)):
            return name_value
    details = "; ".join(f"{path.names[0]}: {value}" for path, value in document.items() if path.names and value)
    return f"{status} ({details})" if details else status
