"""Words of the command line, and files that they name, as an operation's values."""

import argparse
import json
import sys
from typing import Any

from phonetui import private
from phonetui.cli.webex.fields import in_lines, slot
from phonetui.errors import ConfigError
from phonetui.webex.answer import at
from phonetui.webex.configuration import removed, replaced
from phonetui.webex.operations import FieldKind, Operation


def values(options: argparse.Namespace, operation: Operation) -> dict[str, Any]:
    """By the API's names; what wasn't given is None. Raises ConfigError."""
    given = {place: getattr(options, slot(place)) for place in operation.places}
    filed = _filed(options.source, operation) if getattr(options, "source", None) else {}
    for field in operation.fields:
        if field.kind is FieldKind.PATCH:
            given[field.name] = _steps(options, filed.get(field.name))
            continue
        typed = getattr(options, slot(field.name), None)
        if field.kind is FieldKind.PAIRS:
            typed = _paired(typed or [])
        elif field.kind is FieldKind.SECRET and typed is not None:
            typed = _read(typed).partition("\n")[0].removesuffix("\r")
        given[field.name] = filed.get(field.name) if typed in (None, []) else typed
    return given


def _filed(file: str, operation: Operation) -> dict[str, Any]:
    """The body's fields from a file. Raises ConfigError."""
    if in_lines(operation):
        return {operation.body[0].name: _read(file).split()}
    try:
        found = json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: not JSON: {error}", "Look at --from") from None
    if operation.body[0].kind is FieldKind.PATCH:
        return {operation.body[0].name: found}
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: must be a JSON object", "Reading it with -o shows the form")
    for field in operation.body:
        value = found.get(field.name)
        is_rows = isinstance(value, list) and all(isinstance(row, dict) for row in value)
        if value is not None and field.kind is FieldKind.ROWS and not is_rows:
            raise ConfigError(f"{file}: {field.name} must be a list of objects", "Reading it with -o shows the form")
    return {field.name: at(found, field.name) for field in operation.body}


def _steps(options: argparse.Namespace, filed: Any) -> list[Any] | None:
    """JSON Patch steps: those of the file, then those that were typed. Raises ConfigError."""
    match filed:
        case None:
            steps = []
        case dict():
            steps = [replaced(key, value) for key, value in filed.items()]
        case list() if all(isinstance(step, dict) for step in filed):
            steps = filed
        case _:
            raise ConfigError("--from must hold an object of keys and values, or a list of JSON Patch steps")
    for setting in options.set or ():
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise ConfigError(f"'{setting}' is not KEY=VALUE")
        steps = [*steps, replaced(key, _typed(value))]
    return [*steps, *(removed(key) for key in options.remove or ())] or None


def _typed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _paired(words: list[str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ConfigError(f"'{word}' is not Key=Value")
        known = found.get(key)
        found[key] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return found or None


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else private.expanded(file).read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not UTF-8 text") from None
