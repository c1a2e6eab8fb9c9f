"""One operation of the table as a sub-command: its fields as options and files, its answer as columns or JSON."""

import argparse
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from phonetui.cli import output
from phonetui.cli.json_lines import compact
from phonetui.cli.options import add_json, count
from phonetui.cli.webex.account import client, permit, run_operation
from phonetui.errors import ConfigError
from phonetui.text import Printable, printable
from phonetui.webex.answer import at, is_secret_key, items, masked, text
from phonetui.webex.configuration import json_or_text, remove_step, replace_step
from phonetui.webex.devices import code_groups, large_digits
from phonetui.webex.operations import Field, FieldKind, Operation, consequences

_GAP = "  "
_ABSENT = "-"


def table(rows: Sequence[Any], columns: Sequence[str]) -> list[str]:
    """Columns that nobody fills are left out; an item that is no object is one marked line."""
    drawn = [[text(at(row, column)) for column in columns] if isinstance(row, Mapping) else None for row in rows]
    used = [index for index in range(len(columns)) if any(line and line[index] for line in drawn)]
    if not used:
        return [_unreadable(row) for row in rows]
    heads = [columns[index] for index in used]
    filled = [[line[index] or _ABSENT for index in used] if line else None for line in drawn]
    readable: list[Sequence[str]] = [heads, *(line for line in filled if line)]
    widths = [max(_cells(line[place]) for line in readable) for place in range(len(heads))]
    lines = [_aligned(heads, widths)]
    lines += [_aligned(line, widths) if line else _unreadable(row) for line, row in zip(filled, rows, strict=True)]
    return lines


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """`path: value`, lists of plain values in one line; passwords that phones are given are not drawn."""
    match value:
        case Mapping() if value:
            for name, inside in value.items():
                yield from leaves(inside, f"{path}.{name}" if path else str(name))
        case list() if any(isinstance(item, Mapping | list) for item in value):
            for number, inside in enumerate(value, 1):
                yield from leaves(inside, f"{path}[{number}]")
        case _:
            shown = text(masked(value) if is_secret_key(path) else value)
            yield f"{printable(path)}: {shown or _ABSENT}" if path else shown


def _unreadable(row: Any) -> Printable:
    return printable(f"unreadable: {text(row)}"[:200])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _cells(cell)) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _cells(words: str) -> int:
    """How many cells of a terminal: two for an East Asian wide character, none for a combining one."""
    if words.isascii():
        return len(words)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in words
    )


def activation_code_lines(answer: Mapping[str, Any]) -> list[str]:
    """In groups of four where it has no dashes of its own."""
    code = text(answer.get("code"))
    until = text(answer.get("expiryTime"))
    large = large_digits(code if "-" in code else " ".join(code_groups(code)))
    return [*large, "", f"activation code: {code}", *([f"expires: {until}"] if until else [])]


_FILE_KINDS = (FieldKind.OBJECT, FieldKind.ROWS, FieldKind.TAGS, FieldKind.PATCH)
"""Too much for a command line: they come in a file."""
_LISTS = (FieldKind.TEXTS, FieldKind.EITHER)
_POSITIONAL = (FieldKind.TEXT, FieldKind.CHOICE, *_LISTS)
"""Where required, they are positional arguments."""
_FAMILY = "familyOrModelDisplayName"
_NUMBERED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def declare(words: argparse.ArgumentParser, operation: Operation) -> None:
    for place in operation.places:
        words.add_argument(destination(place), metavar=_metavar(place))
    for field in operation.fields:
        if _is_positional(operation, field):
            nargs = "*" if in_lines(operation) else "+"
            several = {"nargs": nargs} if field.kind in _LISTS else {}
            choices = {"choices": field.words} if field.words else {}
            words.add_argument(destination(field.name), metavar=_metavar(field.name), **several, **choices)  # type: ignore[arg-type]
    for field in operation.fields:
        if not _is_positional(operation, field):
            _declare_option(words, field)
    if _takes_file(operation) or in_lines(operation):
        what = "one a line" if in_lines(operation) else "the body as JSON, as reading gave it with -o"
        words.add_argument("--from", dest="source", metavar="FILE", help=f"{what}; - is standard input")


def _declare_option(words: argparse.ArgumentParser, field: Field) -> None:
    option, place = f"--{_kebab(field.name)}", destination(field.name)
    match field.kind:
        case FieldKind.TEXT:
            words.add_argument(option, dest=place, metavar="TEXT")
        case FieldKind.INTEGER:
            words.add_argument(option, dest=place, metavar="N", type=count if field.name == "max" else int)
        case FieldKind.CHOICE:
            words.add_argument(option, dest=place, choices=field.words)
        case FieldKind.FLAG:
            words.add_argument(option, dest=place, action=argparse.BooleanOptionalAction)
        case FieldKind.TEXTS | FieldKind.COMMAS | FieldKind.EITHER:
            words.add_argument(option, dest=place, metavar="TEXT", action="append", help="repeatable")
        case FieldKind.PAIRS:
            words.add_argument(place, metavar="Key=Value", nargs="*", help="a repeated key makes a list")
        case FieldKind.SECRET:
            words.add_argument(f"{option}-file", dest=place, metavar="FILE", help="its first line; - is standard input")
        case FieldKind.PATCH:
            words.add_argument(
                "--set", metavar="KEY=VALUE", action="append", help="VALUE is JSON or a text; repeatable"
            )
            words.add_argument("--remove", metavar="KEY", action="append", help="back to the default; repeatable")
        case FieldKind.TAGS:
            words.add_argument("--set", metavar="TAG=VALUE", action="append", help="a tag's value; repeatable")
            words.add_argument("--clear", metavar="TAG", action="append", help="what holds above it again; repeatable")
            if _FAMILY in field.words:
                words.add_argument("--family", metavar="NAME", help="of the phones, as 'dynamic schema' names it")
        case FieldKind.OBJECT | FieldKind.ROWS:
            pass  # in the file


def _takes_file(operation: Operation) -> bool:
    return any(field.kind in _FILE_KINDS for field in operation.body)


def in_lines(operation: Operation) -> bool:
    """Whether all that it takes is a list of texts, which must be given."""
    return len(operation.body) == 1 and operation.body[0].kind is FieldKind.TEXTS and operation.body[0].required


def _is_positional(operation: Operation, field: Field) -> bool:
    filed = field in operation.body and _takes_file(operation)
    return field.required and field.kind in _POSITIONAL and not filed and field.name not in operation.named


def destination(name: str) -> str:
    """Where argparse keeps it: apart from the program's own options."""
    return f"webex:{name}"


def _metavar(name: str) -> str:
    return _kebab(name).replace("-", "_").upper()


def _kebab(name: str) -> str:
    return _NUMBERED.sub("-", name.rpartition(".")[2]).lower()


class OperationCommand:
    """What `phonetui webex GROUP OPERATION` does."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    def declare(self, words: argparse.ArgumentParser) -> None:
        operation = self._operation
        scopes = " ".join(operation.scopes) or "not stated by Cisco"
        number = f"\nnumber {operation.article} of Cisco's article" if operation.article else ""
        screens = f"\non the screen: {', '.join(operation.screens)}" if operation.screens else ""
        words.epilog = f"request: {operation.method} {operation.path}\nscope: {scopes}{number}{screens}"
        declare(words, operation)
        if operation.writes:
            undone = operation.confirm or "nothing undoes it"
            words.add_argument("--yes", action="store_true", help=f"needed where {undone}")
        else:
            words.add_argument("-o", "--output", metavar="FILE", help="write the answer there as JSON, for you alone")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        operation, file = self._operation, getattr(options, "output", None)
        output.check_output_file(file)
        permit(options, operation)
        values = operation_values(options, operation)
        if (risk := consequences(operation, values)) and not options.yes:
            raise ConfigError(f"{operation.name}: {risk}", "Add --yes if that is meant")
        found = asyncio.run(_run(options, operation, values))
        if options.json:
            print(compact({"operation": operation.name, "result": found}))
        elif file:
            output.write_output_file(f"{json.dumps(found, indent=1)}\n", file, "", "json")
        else:
            print("\n".join(_lines(operation, found)))
        return 0


async def _run(options: argparse.Namespace, operation: Operation, values: dict[str, Any]) -> Any:
    async with client(options) as webex:
        return await run_operation(webex, operation, values)


def _lines(operation: Operation, found: Any) -> list[str]:
    if found is None:
        return ["done"]
    if operation.page is not None:
        return table(items(operation, found), operation.shows) or ["none"]
    if isinstance(found, dict) and "expiryTime" in found and "code" in found:
        return activation_code_lines(found)
    return list(leaves(found))


def operation_values(options: argparse.Namespace, operation: Operation) -> dict[str, Any]:
    """By the API's names; what wasn't given is None. Raises ConfigError."""
    given = {place: getattr(options, destination(place)) for place in operation.places}
    filed = _filed(options.source, operation) if getattr(options, "source", None) else {}
    for field in operation.fields:
        if field.kind is FieldKind.PATCH:
            given[field.name] = _steps(options, filed.get(field.name))
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


def _steps(options: argparse.Namespace, filed: Any) -> list[Any] | None:
    """JSON Patch steps: those of the file, then those that were typed. Raises ConfigError."""
    match filed:
        case None:
            steps = []
        case dict():
            steps = [replace_step(key, value) for key, value in filed.items()]
        case list() if all(isinstance(step, dict) for step in filed):
            steps = filed
        case _:
            raise ConfigError("--from must hold an object of keys and values, or a list of JSON Patch steps")
    pairs = (_pair(word, "KEY=VALUE") for word in options.set or ())
    steps = [*steps, *(replace_step(key, json_or_text(value)) for key, value in pairs)]
    return [*steps, *(remove_step(key) for key in options.remove or ())] or None


def _tags(options: argparse.Namespace, filed: Any, field: Field) -> list[Any] | None:
    """Dynamic settings: those of the file, then those that were typed. Raises ConfigError."""
    pairs = (_pair(word, "TAG=VALUE") for word in options.set or ())
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
        key, value = _pair(word, "Key=Value")
        known = found.get(key)
        found[key] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return found or None


def _pair(word: str, form: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals or not key:
        raise ConfigError(f"'{word}' is not {form}")
    return key, value
