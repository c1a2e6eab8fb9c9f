"""The commands that Webex says a phone takes, as forms: its JSON schemas, read leniently.

The shape of `arguments` isn't published beyond its name: a JSON Schema object, and a bare mapping of names, are both
taken; what cannot be told is "anything goes".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from phonetui.errors import ConfigError
from phonetui.text import Printable, printable
from phonetui.xapi.path import Path
from phonetui.xapi.schema import MAX_VALUES, CommandSchema, Form, Parameter, Space, with_published

EVERY = "*.*"
"""The pattern of all commands (the grammar of Cisco's SDK for workspace integrations)."""
_KINDS = {"integer": "integer", "number": "integer", "string": "string", "boolean": "literal"}


def forms(value: Any, device: str) -> CommandSchema:
    """Those of one device in the answer to `xapi schema`, and the published ones that it leaves out."""
    items = value.get("items") if isinstance(value, Mapping) else value
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and item.get("deviceId", device) == device:
            return with_published(tuple(_forms(item.get("commands"))))
    return with_published(())


def _forms(commands: Any) -> Iterator[Form]:
    for name, said in commands.items() if isinstance(commands, Mapping) else ():
        try:
            path = Path.parse(str(name))
        except ConfigError:
            continue
        arguments = said.get("arguments") if isinstance(said, Mapping) else None
        named = dict(_arguments(arguments)) if isinstance(arguments, Mapping) else {}
        takes_block = named.pop("body", None) is not None
        yield Form(path, tuple(named.values()), is_multiline=takes_block)


def _arguments(said: Mapping[str, Any]) -> Iterator[tuple[str, Parameter]]:
    properties, required = said.get("properties"), said.get("required")
    for name, schema in (properties if isinstance(properties, Mapping) else said).items():
        if isinstance(schema, Mapping):
            is_required = schema.get("required") is True or (isinstance(required, list) and name in required)
            yield str(name), _parameter(str(printable(str(name))), schema, is_required=is_required)


def _parameter(name: str, schema: Mapping[str, Any], *, is_required: bool) -> Parameter:
    inner = schema.get("items")
    if schema.get("type") == "array" and isinstance(inner, Mapping):
        return Parameter(name, is_required, repeats=True, space=_space(inner))
    return Parameter(name, is_required, space=_space(schema))


def _space(schema: Mapping[str, Any]) -> Space:
    kind = _KINDS.get(str(schema.get("type")), "")
    words = schema.get("enum")
    if isinstance(words, list):
        return Space("literal", tuple(_word(word) for word in words[:MAX_VALUES]))
    if kind == "literal":
        return Space(kind, (Printable("True"), Printable("False")))
    low, high = ("minLength", "maxLength") if kind == "string" else ("minimum", "maximum")
    return Space(kind, low=_whole(schema.get(low)), high=_whole(schema.get(high)))


def _word(word: Any) -> Printable:
    return printable(str(word))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
