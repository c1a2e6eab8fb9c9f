"""The documents in which a simulated phone describes itself: commands, value spaces, roles, settings, xDoc.

Names are published; parameters and roles follow the room devices' schema where the phones' own aren't published. The
shape of xDoc, in the words of JSON Schema, is inferred: nobody publishes it.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from phonetui.simulator import read_data
from phonetui.simulator.dialect import Dialect
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.element import Element, element_at
from phonetui.simulator.hardware import SimulatedModel
from phonetui.simulator.tree import Tree, TreeSetting
from phonetui.xapi.catalog import CatalogKind, Deployment, Type, phoneos
from phonetui.xapi.path import Path

ADMIN, INTEGRATOR, USER = "ADMIN", "INTEGRATOR", "USER"


class CommandParameter(Struct, frozen=True):
    """One parameter of a command, with the name of its value space."""

    name: str
    space: str
    """A name of SPACES, or KEYS."""
    required: bool = False
    repeated: bool = False


class Integers(Struct, frozen=True):
    """A value space of integers from `low` to `high`."""

    low: int
    high: int


class Text(Struct, frozen=True):
    """Lengths in characters."""

    low: int
    high: int


class WordSpace(Struct, frozen=True):
    """A value space of words."""

    words: tuple[str, ...]


Space = Integers | Text | WordSpace
KEYS = "TTPAR_Key"
"""The value space that each model has of its own."""
SPACES: dict[str, Space] = {
    "INT_1_4": Integers(1, 4),
    "STR_0_255": Text(0, 255),
    "STR_1_255": Text(1, 255),
    "STR_1_2048": Text(1, 2048),
    **{name: WordSpace(words) for name, words in read_data("tables", "words").items()},
}


def _parameter(text: str) -> CommandParameter:
    name, space, *marks = text.split()
    return CommandParameter(name, space, required="required" in marks, repeated="repeated" in marks)


COMMANDS: dict[str, tuple[frozenset[str], tuple[CommandParameter, ...]]] = {
    name: (frozenset(roles.split()), tuple(_parameter(each) for each in parameters))
    for name, (roles, *parameters) in read_data("tables", "commands").items()
}
"""Command → roles that may run it, parameters."""

UNREADABLE: dict[str, frozenset[str]] = {
    ADMIN: frozenset(),
    INTEGRATOR: frozenset({"HttpFeedback", "Security"}),
    USER: frozenset({"HttpFeedback", "Security", "Line", "DownloadStatus", "DownloadedLocalePackage", "PRTStatus"}),
}
"""Role → top names of the status tree that it may not see, in dialects where there are such; inferred."""


def folded(names: Iterable[str]) -> tuple[str, ...]:
    """Names as they are compared."""
    return tuple(name.casefold() for name in names)


PATHS = frozenset(folded(name.split()) for name in COMMANDS)
CANONICAL = {name.casefold(): name for name in COMMANDS}


def spaces(model: SimulatedModel) -> dict[str, Space]:
    """Every value space that a model's commands and settings have, by name."""
    return {**SPACES, KEYS: WordSpace(model.key_names)}


def is_allowed(space: Space | None, value: str) -> bool:
    """Whether a parameter's text is in its value space; words compare without letter case. None: anything is."""
    match space:
        case Integers(low, high):
            return re.fullmatch(r"-?[0-9]{1,11}", value) is not None and low <= int(value) <= high
        case Text(low, high):
            return low <= len(value) <= high
        case WordSpace(words):
            return value.casefold() in (word.casefold() for word in words)
    return True


def read_spaces(document: Element) -> dict[str, Space]:
    """The value spaces of a phone's `/valuespace.xml` by folded name; kinds that aren't known are left out."""
    found: dict[str, Space] = {}
    for node in document:
        match node.attributes.get("type", "").casefold():
            case "integer":
                found[node.name.casefold()] = Integers(
                    _bound(node, "Min", -sys.maxsize), _bound(node, "Max", sys.maxsize)
                )
            case "string":
                found[node.name.casefold()] = Text(_bound(node, "MinLength", 0), _bound(node, "MaxLength", sys.maxsize))
            case "literal":
                found[node.name.casefold()] = WordSpace(tuple(each.text.strip() for each in node))
    return found


def _bound(space: Element, name: str, unbounded: int) -> int:
    node = space.find(name)
    text = node.text.strip() if node else ""
    return int(text) if text.lstrip("-").isdecimal() else unbounded


def listed_commands() -> dict[str, tuple[frozenset[str], tuple[CommandParameter, ...]]]:
    """The commands that a phone lists: those of the cloud's interface are not its own."""
    cloud = {entry.notation for entry in phoneos().entries if entry.deployment is Deployment.CLOUD}
    return {name: command for name, command in COMMANDS.items() if name not in cloud}


def parameters_of(name: str, dialect: Dialect) -> tuple[CommandParameter, ...]:
    """A command's parameters under the names that a dialect gives them."""
    _, parameters = COMMANDS[name]
    return tuple(replace(each, name=dialect.key_argument) if each.space == KEYS else each for each in parameters)


def command_document(head: DocHeader) -> Element:
    """The document `/command.xml`."""
    root = head.root("Command")
    for name in listed_commands():
        parameters = parameters_of(name, head.dialect)
        node = element_at(root, Path(name.split()))
        node.attributes["command"] = "True"
        if name == "Security Certificates CA Add":
            node.attributes["multiline"] = "True"
        for parameter in parameters:
            attributes = {"item": "1", "valueSpaceRef": f"/Valuespace/{parameter.space}"}
            if parameter.required:
                attributes["required"] = "True"
            if parameter.repeated:
                attributes["maxOccurrence"] = "15"
            node.add(parameter.name, **attributes)
    return _lowered(root) if head.dialect.lower_names else root


def valuespace_document(head: DocHeader) -> Element:
    """The document `/valuespace.xml`."""
    root = head.root("Valuespace")
    for name, kind in spaces(head.identity.model).items():
        match kind:
            case Integers(low, high):
                node = root.add(name, type="Integer")
                node.add("Min", str(low))
                node.add("Max", str(high))
            case Text(low, high):
                node = root.add(name, type="String")
                node.add("MinLength", str(low))
                node.add("MaxLength", str(high))
            case WordSpace(words):
                node = root.add(name, type="Literal")
                for number, word in enumerate(words, start=1):
                    node.add("Value", word, item=str(number))
    return _lowered(root) if head.dialect.lower_names else root


def _lowered(root: Element) -> Element:
    """The same below the root with names in lower case, references to them too."""
    for node in root:
        node.name = node.name.lower()
        if "valueSpaceRef" in node.attributes:
            node.attributes["valueSpaceRef"] = node.attributes["valueSpaceRef"].lower()
        _lowered(node)
    return root


TLS_VERIFY = Path.of("HttpFeedback", "TlsVerify")
CONFIGURATION_SPACES = {TLS_VERIFY: "TTPAR_OnOff"}
"""Every setting and the name of its value space."""


class NoSuchSetting(Exception):
    """The configuration has no such place."""


class IllegalValue(Exception):
    """The error for a value that is not in the setting's value space."""


class SimulatedConfiguration:
    """Values of all settings; a change goes out with the phone's tree, as one of another document."""

    def __init__(self, tree: Tree) -> None:
        self._values = {TLS_VERIFY: "On"}
        self._tree = tree

    @property
    def leaves(self) -> Mapping[Path, str]:
        """A live, read-only view."""
        return MappingProxyType(self._values)

    @property
    def verifies_receivers(self) -> bool:
        return self._values[TLS_VERIFY] == "On"

    def put(self, names: tuple[str, ...], text: str) -> None:
        """Sets a value, whatever the letter case of name and word. Raises NoSuchSetting and IllegalValue."""
        path = next((path for path in CONFIGURATION_SPACES if folded(path.names) == folded(names)), None)
        if path is None:
            raise NoSuchSetting
        if not is_allowed(SPACES[CONFIGURATION_SPACES[path]], text.strip()):
            raise IllegalValue
        value = text.strip().capitalize()
        if self._values[path] != value:
            self._values[path] = value
            self._tree.emit(TreeSetting(path, value))


def xdoc(document: str, names: tuple[str, ...], head: DocHeader) -> dict[str, Any] | None:
    """The description of a place; None for one that isn't there."""
    match document:
        case "command":
            return _command(" ".join(names), head)
        case "configuration":
            known = {folded(path.names): SPACES[space] for path, space in CONFIGURATION_SPACES.items()}
            return _space(known[folded(names)]) if folded(names) in known else None
        case "status" | "event":
            return _published(CatalogKind(document), names)
    return None


def _command(name: str, head: DocHeader) -> dict[str, Any] | None:
    canonical = CANONICAL.get(name.casefold())
    if canonical is None:
        return None
    roles, _ = COMMANDS[canonical]
    parameters, known = parameters_of(canonical, head.dialect), spaces(head.identity.model)
    properties = {each.name: _space(known[each.space]) for each in parameters}
    repeated = {each.name: {"type": "array", "items": properties[each.name]} for each in parameters if each.repeated}
    return {
        "type": "object",
        "access": sorted(roles),
        "properties": properties | repeated,
        "required": [each.name for each in parameters if each.required],
    }


def _space(kind: Space) -> dict[str, Any]:
    match kind:
        case Integers(low, high):
            return {"type": "integer", "minimum": low, "maximum": high}
        case Text(low, high):
            return {"type": "string", "minLength": low, "maxLength": high}
        case WordSpace(words):
            return {"type": "string", "enum": list(words)}


def _published(kind: CatalogKind, names: tuple[str, ...]) -> dict[str, Any] | None:
    catalog, path = phoneos(), Path(names)
    entry = catalog.find(path, kind)
    if entry and entry.type not in (None, Type.CONTAINER):
        return {
            "type": "integer" if entry.type is Type.INTEGER else "string",
            "description": entry.meaning,
        }
    if names and not catalog.knows(path, kind):
        return None
    below = [other.path.names for other in catalog.below(path, kind) if len(other.path.names) > len(names)]
    children: dict[str, None] = dict.fromkeys(other[len(names)] for other in below)
    return {"type": "object", "properties": {name: {} for name in children}}
