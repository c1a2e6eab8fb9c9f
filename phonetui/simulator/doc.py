"""xDoc: what a place takes or gives, in the words of JSON Schema. The shape is inferred: nobody publishes it."""

from typing import Any

from phonetui.simulator.letterhead import Letterhead
from phonetui.simulator.manual import (
    CANONICAL,
    MANUAL,
    SPACES,
    Integers,
    Parameter,
    Space,
    Text,
    Words,
    parameters_of,
    spaces,
)
from phonetui.simulator.phonesettings import SPACES as SETTINGS
from phonetui.xapi.catalog import Kind, Type, phoneos
from phonetui.xapi.path import Path


def schema(document: str, names: tuple[str, ...], head: Letterhead) -> dict[str, Any] | None:
    """None for a place that isn't there."""
    match document:
        case "command":
            return _command(" ".join(names), head)
        case "configuration":
            folded = tuple(name.casefold() for name in names)
            known = {tuple(name.casefold() for name in path.names): space for path, space in SETTINGS.items()}
            return _space(SPACES[known[folded]]) if folded in known else None
        case "status" | "event":
            return _published(Kind(document), names)
    return None


def _command(name: str, head: Letterhead) -> dict[str, Any] | None:
    canonical = CANONICAL.get(name.casefold())
    if canonical is None:
        return None
    roles, _ = MANUAL[canonical]
    parameters, known = parameters_of(canonical, head.dialect), spaces(head.identity.model)
    return {
        "type": "object",
        "access": sorted(roles),
        "properties": {parameter.name: _parameter(parameter, known[parameter.space]) for parameter in parameters},
        "required": [parameter.name for parameter in parameters if parameter.required],
    }


def _parameter(parameter: Parameter, kind: Space) -> dict[str, Any]:
    one = _space(kind)
    return {"type": "array", "items": one} if parameter.repeated else one


def _space(kind: Space) -> dict[str, Any]:
    match kind:
        case Integers(low, high):
            return {"type": "integer", "minimum": low, "maximum": high}
        case Text(low, high):
            return {"type": "string", "minLength": low, "maxLength": high}
        case Words(words):
            return {"type": "string", "enum": list(words)}


def _published(kind: Kind, names: tuple[str, ...]) -> dict[str, Any] | None:
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
