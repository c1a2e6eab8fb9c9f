"""An operation's fields as words of the command line."""

import argparse
import re

from phonetui.cli.options import count
from phonetui.webex.operations import Field, FieldKind, Operation

_FILED = (FieldKind.OBJECT, FieldKind.ROWS, FieldKind.PATCH)
"""Too much for a command line: they come in a file."""
_STANDING = (FieldKind.TEXT, FieldKind.TEXTS, FieldKind.CHOICE)
"""Where required, they stand without an option's name."""
_NUMBERED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def declare(words: argparse.ArgumentParser, operation: Operation) -> None:
    for place in operation.places:
        words.add_argument(slot(place), metavar=_metavar(place))
    for field in operation.fields:
        if _stands(operation, field):
            nargs = "*" if in_lines(operation) else "+"
            several = {"nargs": nargs} if field.kind is FieldKind.TEXTS else {}
            choices = {"choices": field.words} if field.words else {}
            words.add_argument(slot(field.name), metavar=_metavar(field.name), **several, **choices)  # type: ignore[arg-type]
    for field in operation.fields:
        if not _stands(operation, field):
            _declare_option(words, field)
    if _takes_file(operation) or in_lines(operation):
        what = "one a line" if in_lines(operation) else "the body as JSON, as reading gave it with -o"
        words.add_argument("--from", dest="source", metavar="FILE", help=f"{what}; - is standard input")


def _declare_option(words: argparse.ArgumentParser, field: Field) -> None:
    option, place = f"--{_kebab(field.name)}", slot(field.name)
    match field.kind:
        case FieldKind.TEXT:
            words.add_argument(option, dest=place, metavar="TEXT")
        case FieldKind.INTEGER:
            words.add_argument(option, dest=place, metavar="N", type=count if field.name == "max" else int)
        case FieldKind.CHOICE:
            words.add_argument(option, dest=place, choices=field.words)
        case FieldKind.FLAG:
            words.add_argument(option, dest=place, action=argparse.BooleanOptionalAction)
        case FieldKind.TEXTS | FieldKind.COMMAS:
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
        case FieldKind.OBJECT | FieldKind.ROWS:
            pass  # in the file


def _takes_file(operation: Operation) -> bool:
    return any(field.kind in _FILED for field in operation.body)


def in_lines(operation: Operation) -> bool:
    """Whether all that it takes is a list of texts."""
    return len(operation.body) == 1 and operation.body[0].kind is FieldKind.TEXTS


def _stands(operation: Operation, field: Field) -> bool:
    filed = field in operation.body and _takes_file(operation)
    return field.required and field.kind in _STANDING and not filed


def slot(name: str) -> str:
    """Where argparse keeps it: apart from the program's own options."""
    return f"webex:{name}"


def _metavar(name: str) -> str:
    return _kebab(name).replace("-", "_").upper()


def _kebab(name: str) -> str:
    return _NUMBERED.sub("-", name.rpartition(".")[2]).lower()
