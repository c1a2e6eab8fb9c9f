"""The fields of an operation as arguments, options and files, each with its help, and the values read from them."""

import argparse
import json
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from phonetui.cli import output
from phonetui.cli.options import count
from phonetui.cli.webex.tables import read_csv_rows
from phonetui.errors import ConfigError
from phonetui.webex.answer import at
from phonetui.webex.configuration import json_or_text, remove_step, replace_step
from phonetui.webex.operations import Field, FieldKind, Operation

_FILE_KINDS = (FieldKind.OBJECT, FieldKind.ROWS, FieldKind.TAGS, FieldKind.PATCH)
"""Too much for a command line: they come in a file."""
_LISTS = (FieldKind.TEXTS, FieldKind.EITHER)
_POSITIONAL = (FieldKind.TEXT, FieldKind.CHOICE, *_LISTS)
"""Where required, they are positional arguments."""
_FAMILY = "familyOrModelDisplayName"
_NUMBERED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("phonetui.webex").joinpath("fields.toml").read_text("utf-8"))


def sentence(operation: Operation, name: str) -> str:
    """What a field means; a KeyError is a mistake of ours."""
    return _sentences().get(operation.name, {}).get(name) or _sentences()["all"][name]


def declare(words: argparse.ArgumentParser, operation: Operation) -> None:
    for place in operation.places:
        words.add_argument(destination(place), metavar=_metavar(place), help=sentence(operation, place))
    for field in operation.fields:
        if _is_positional(operation, field):
            nargs = "*" if in_lines(operation) else "+"
            more: dict[str, Any] = {"nargs": nargs} if field.kind in _LISTS else {}
            if field.words:
                more["choices"] = field.words
            meaning = _help(operation, field)
            words.add_argument(destination(field.name), metavar=_metavar(field.name), help=meaning, **more)
    for field in operation.fields:
        if not _is_positional(operation, field):
            _declare_option(words, operation, field)
    if takes_file(operation) or in_lines(operation):
        rows = any(field.kind is FieldKind.ROWS for field in operation.body)
        form = "the body as JSON, as reading gave it with -o" + ("; or its rows as FILE.csv" if rows else "")
        what = "one a line" if in_lines(operation) else form
        words.add_argument("--from", dest="source", metavar="FILE", help=f"{what}; - is standard input")


def _help(operation: Operation, field: Field) -> str:
    choices = f": {', '.join(field.words)}" if field.kind is FieldKind.CHOICE else ""
    return f"{sentence(operation, field.name)}{choices}".replace("%", "%%")


def _declare_option(words: argparse.ArgumentParser, operation: Operation, field: Field) -> None:
    option, place, meaning = f"--{_kebab(field.name)}", destination(field.name), _help(operation, field)
    match field.kind:
        case FieldKind.TEXT:
            words.add_argument(option, dest=place, metavar="TEXT", help=meaning)
        case FieldKind.INTEGER:
            kind = count if field.name == "max" else int
            words.add_argument(option, dest=place, metavar="N", type=kind, help=meaning)
        case FieldKind.CHOICE:
            words.add_argument(option, dest=place, metavar="WORD", choices=field.words, help=meaning)
        case FieldKind.FLAG:
            words.add_argument(option, dest=place, action=argparse.BooleanOptionalAction, help=meaning)
        case FieldKind.TEXTS | FieldKind.COMMAS | FieldKind.EITHER:
            words.add_argument(option, dest=place, metavar="TEXT", action="append", help=meaning)
        case FieldKind.PAIRS:
            words.add_argument(place, metavar="Key=Value", nargs="*", help=meaning)
        case FieldKind.SECRET:
            words.add_argument(
                f"{option}-file",
                dest=place,
                metavar="FILE",
                help=f"{meaning}: the file's first line; - is standard input",
            )
        case FieldKind.PATCH:
            declare_changes(words)
        case FieldKind.TAGS:
            words.add_argument("--set", metavar="TAG=VALUE", action="append", help="a tag's value; repeatable")
            words.add_argument("--clear", metavar="TAG", action="append", help="what holds above it again; repeatable")
            if _FAMILY in field.words:
                words.add_argument("--family", metavar="NAME", help=sentence(operation, _FAMILY))
        case FieldKind.OBJECT | FieldKind.ROWS:
            pass  # in the file


def declare_changes(words: argparse.ArgumentParser) -> None:
    """What changes of a configuration."""
    words.add_argument(
        "--set", metavar="KEY=VALUE", action="append", help="VALUE as the key's value space has it; repeatable"
    )
    words.add_argument("--remove", metavar="KEY", action="append", help="back to the default; repeatable")


def takes_file(operation: Operation) -> bool:
    return any(field.kind in _FILE_KINDS for field in operation.body)


def in_lines(operation: Operation) -> bool:
    """Whether all that it takes is a list of texts, which must be given."""
    return len(operation.body) == 1 and operation.body[0].kind is FieldKind.TEXTS and operation.body[0].required


def _is_positional(operation: Operation, field: Field) -> bool:
    filed = field in operation.body and takes_file(operation)
    return field.required and field.kind in _POSITIONAL and not filed and field.name not in operation.named


def destination(name: str) -> str:
    """The name under which argparse keeps a field, apart from the program's own options."""
    return f"webex:{name}"


def _metavar(name: str) -> str:
    return _kebab(name).replace("-", "_").upper().removesuffix("_ID")


def _kebab(name: str) -> str:
    return _NUMBERED.sub("-", name.rpartition(".")[2]).lower()


def operation_values(options: argparse.Namespace, operation: Operation) -> dict[str, Any]:
    """The values by the API's names; what wasn't given is None. Raises ConfigError."""
    given = {place: getattr(options, destination(place)) for place in operation.places}
    filed = _filed(options.source, operation) if getattr(options, "source", None) else {}
    for field in operation.fields:
        if field.kind is FieldKind.PATCH:
            given[field.name] = steps(options, filed.get(field.name))
            continue
        if field.kind is FieldKind.TAGS:
            given[field.name] = _tags(options, filed.get(field.name), field)
            continue
        typed = getattr(options, destination(field.name), None)
        if field.kind is FieldKind.PAIRS:
            typed = _paired(typed or [])
        elif field.kind is FieldKind.SECRET and typed is not None:
            typed = output.read_input(typed).partition("\n")[0].removesuffix("\r")
        given[field.name] = filed.get(field.name) if typed in (None, []) else typed
    return given


def _filed(file: str, operation: Operation) -> dict[str, Any]:
    """The body's fields from a file. Raises ConfigError."""
    if in_lines(operation):
        return {operation.body[0].name: output.read_input(file).split()}
    if file.casefold().endswith(".csv"):
        return _from_csv(file, operation)
    try:
        found = json.loads(output.read_input(file))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: not JSON: {error}", "Look at --from") from None
    if operation.body[0].kind is FieldKind.PATCH:
        return {operation.body[0].name: found}
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: must be a JSON object", "Reading it with -o shows the form")
    for field in operation.body:
        value = found.get(field.name)
        is_rows = isinstance(value, list) and all(isinstance(row, dict) for row in value)
        if value is not None and field.kind in (FieldKind.ROWS, FieldKind.TAGS) and not is_rows:
            raise ConfigError(f"{file}: {field.name} must be a list of objects", "Reading it with -o shows the form")
    return {field.name: at(found, field.name) for field in operation.body}


def _from_csv(file: str, operation: Operation) -> dict[str, Any]:
    """Rows go into the field whose columns they have; keys of expansion modules apart. Raises ConfigError."""
    fields = [field for field in operation.body if field.kind is FieldKind.ROWS]
    if not fields:
        raise ConfigError(f"{file}: this comes as JSON", "Reading it with -o shows the form")
    known = tuple(dict.fromkeys(name for field in fields for name in field.words))
    rows = read_csv_rows(file, output.read_input(file), known)
    found: dict[str, Any] = {}
    for field in fields:
        own = [row for row in rows if len(fields) == 1 or field.words[0] in row]
        if own:
            found[field.name] = own
    if "layoutMode" in {field.name for field in operation.body}:
        found["layoutMode"] = "CUSTOM"
    return found


def steps(options: argparse.Namespace, filed: Any = None) -> list[Any] | None:
    """JSON Patch steps: those of the file, then those that were typed. Raises ConfigError."""
    match filed:
        case None:
            found = []
        case dict():
            found = [replace_step(key, value) for key, value in filed.items()]
        case list() if all(isinstance(step, dict) for step in filed):
            found = filed
        case _:
            raise ConfigError("--from must hold an object of keys and values, or a list of JSON Patch steps")
    pairs = (pair(word, "KEY=VALUE") for word in options.set or ())
    found = [*found, *(replace_step(key, json_or_text(value)) for key, value in pairs)]
    return [*found, *(remove_step(key) for key in options.remove or ())] or None


def _tags(options: argparse.Namespace, filed: Any, field: Field) -> list[Any] | None:
    """Dynamic settings: those of the file, then those that were typed. Raises ConfigError."""
    pairs = (pair(word, "TAG=VALUE") for word in options.set or ())
    typed: list[dict[str, Any]] = [{"tag": tag, "action": "SET", "value": value} for tag, value in pairs]
    typed += [{"tag": tag, "action": "CLEAR"} for tag in options.clear or ()]
    if _FAMILY in field.words and typed:
        if not options.family:
            raise ConfigError("--set and --clear need --family here", "See 'phonetui webex dynamic schema'")
        typed = [{_FAMILY: options.family, **each} for each in typed]
    return [*(filed or ()), *typed] or None


def _paired(words: list[str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for word in words:
        key, value = pair(word, "Key=Value")
        known = found.get(key)
        found[key] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return found or None


def pair(word: str, form: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals or not key:
        raise ConfigError(f"'{word}' is not {form}")
    return key, value
