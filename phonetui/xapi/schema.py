"""Commands and their parameters: as published, and as a phone's own two documents describe them.

`/command.xml` marks commands and lists their parameters, each with a reference into `/valuespace.xml`. Neither shape is
published for phones (they are known from room devices), so everything that is missing is taken as "anything goes".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

from msgspec import Struct
from msgspec.structs import replace

from phonetui import numeric
from phonetui.errors import ProtocolError
from phonetui.text import NOTHING, Printable, printable
from phonetui.xapi.catalog import CatalogKind, Deployment, phoneos, phoneos_table
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import MAX_DEPTH, local_name, not_xapi, parse

MAX_VALUES = 500
"""Words of one value space that are kept."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")


class ValueSpace(Struct, frozen=True):
    """What a value may be: its type, a range, a length, or a list of literals."""

    kind: str = ""
    """`integer`, `string`, `literal`, or empty where nothing is known."""
    words: tuple[Printable, ...] = ()
    """The literals, in the phone's order."""
    low: int | None = None
    """Of an integer its value, of a string its length in characters."""
    high: int | None = None


ANY_VALUE = ValueSpace()


class Parameter(Struct, frozen=True):
    """One parameter of a command: its name, how often it may be given, and what its values may be."""

    name: str
    is_required: bool = False
    repeats: bool = False
    space: ValueSpace = ANY_VALUE


class CommandForm(Struct, frozen=True):
    """One command and what it takes."""

    path: Path
    parameters: tuple[Parameter, ...] = ()
    is_multiline: bool = False
    """Whether it takes a data block, such as a certificate."""
    meaning: str = ""

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name, in any letter case; None where the command has none."""
        return next((one for one in self.parameters if one.name.casefold() == name.casefold()), None)

    def missing(self, arguments: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """The required parameters that `arguments` leave out."""
        given = {name.casefold() for name, _ in arguments}
        return tuple(one.name for one in self.parameters if one.is_required and one.name.casefold() not in given)


class CommandSchema(Struct, frozen=True):
    """All commands that are known of a phone, or published of all phones."""

    forms: tuple[CommandForm, ...]
    is_the_phones: bool = False
    """Whether it is the phone's own word, or what is published of all phones."""

    def find(self, path: Path) -> CommandForm | None:
        """The command at `path`, in any letter case; None where it isn't known."""
        return next((form for form in self.forms if form.path.folded == path.folded), None)


def is_cloud_only(path: Path) -> bool:
    """Whether a command is published for the Webex cloud's xAPI alone."""
    entry = phoneos().find(path, CatalogKind.COMMAND)
    return entry is not None and entry.deployment is Deployment.CLOUD


@cache
def published() -> CommandSchema:
    """The commands of the catalogue, with the parameters that are known of them: offered, never insisted on."""
    table = phoneos_table()
    parameters = {name: tuple(map(_published_parameter, rows)) for name, rows in table["parameters"].items()}
    entries = phoneos().below(ROOT, CatalogKind.COMMAND)
    return CommandSchema(
        tuple(
            CommandForm(entry.path, parameters.get(name, ()), name in table["multiline"], entry.meaning)
            for entry in entries
            for name in (str(entry.path),)
        )
    )


def _published_parameter(row: Mapping[str, Any]) -> Parameter:
    low, high = row.get("range", (None, None))
    words = tuple(map(printable, row.get("words", ())))
    kind = "literal" if words else "integer" if "range" in row else ""
    return Parameter(
        row["name"], row.get("required", False), row.get("repeats", False), ValueSpace(kind, words, low, high)
    )


def parse_schema(commands: bytes, values: bytes = b"") -> CommandSchema:
    """A phone's `/command.xml` with its `/valuespace.xml`, and the published commands that it leaves out.

    Raises ProtocolError where the first is no list of commands; a second that cannot be read counts as absent.
    """
    root = parse(commands)
    if local_name(root.tag) != "Command":
        raise not_xapi(local_name(root.tag))
    spaces = _spaces(values)
    forms = {form.path: form for form in _forms(root, ROOT, spaces)}
    if not forms:
        raise ProtocolError("a list of commands without a command")
    return with_published(tuple(forms.values()))


def with_published(forms: tuple[CommandForm, ...]) -> CommandSchema:
    """A phone's own forms, and the published ones that it leaves out."""
    if not forms:
        return published()
    known = {form.path.folded for form in forms}
    others = (form for form in published().forms if form.path.folded not in known)
    return CommandSchema((*forms, *others), is_the_phones=True)


def _forms(element: Element, path: Path, spaces: Mapping[str, ValueSpace]) -> Iterator[CommandForm]:
    pending = [(element, path)]
    while pending:  # how deep it goes is the sender's choice, so no recursion
        node, here = pending.pop()
        if _is(node, "command"):
            yield _form(node, here, spaces)
            continue
        names = ((child, local_name(child.tag)) for child in reversed(node))
        if len(here) < MAX_DEPTH:
            pending += [(child, here / name) for child, name in names if _NAME.fullmatch(name)]


def _form(element: Element, path: Path, spaces: Mapping[str, ValueSpace]) -> CommandForm:
    found = published().find(path) or CommandForm(path)
    parameters = tuple(
        Parameter(name, _is(child, "required"), _repeats(child), _space(child, spaces))
        for child in element
        if _NAME.fullmatch(name := local_name(child.tag)) and name.casefold() != "body"
    )
    takes_block = _is(element, "multiline") or any(local_name(child.tag).casefold() == "body" for child in element)
    return replace(found, path=path, parameters=parameters, is_multiline=takes_block or found.is_multiline)


def _space(parameter: Element, spaces: Mapping[str, ValueSpace]) -> ValueSpace:
    name = parameter.get("valueSpaceRef", "").rstrip("/").rpartition("/")[2]
    return spaces.get(name, ANY_VALUE)


def _repeats(parameter: Element) -> bool:
    most = parameter.get("maxOccurrence", "1")
    return most == "n" or (numeric.integer(most) or 0) > 1


def _spaces(values: bytes) -> dict[str, ValueSpace]:
    try:
        root = parse(values)
    except ProtocolError:
        return {}
    return {local_name(space.tag): _read(space) for space in root}


def _read(space: Element) -> ValueSpace:
    words = [printable(text) for text in _texts(space, ("Value",))]
    kind = space.get("type", "").casefold()
    if kind not in ("integer", "string", "literal"):
        kind = "literal" if words else ""
    low = _number(_texts(space, ("Min", "MinLength", "MinValue")))
    high = _number(_texts(space, ("Max", "MaxLength", "MaxValue")))
    kept: tuple[Printable, ...] = tuple(word for word in dict.fromkeys(words) if word is not NOTHING)
    return ValueSpace(kind, kept[:MAX_VALUES], low, high)


def _texts(element: Element, names: tuple[str, ...]) -> list[str]:
    return [text for child in element if local_name(child.tag) in names and (text := (child.text or "").strip())]


def _number(texts: list[str]) -> int | None:
    return numeric.signed(texts[0]) if texts else None


def _is(element: Element, mark: str) -> bool:
    return element.get(mark, "").casefold() in ("true", "1", "yes")
