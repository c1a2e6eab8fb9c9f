"""What may be asked of Webex: the rows of `operations.toml` as values. It knows no network and no command line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

_FIELD = re.compile(r"(?P<name>[\w.]+)(?P<required>!?)(?:: (?P<kind>.+))?")
_PLACE = re.compile(r"\{(\w+)\}")

JSON = "application/json"


class Kind(StrEnum):
    """How a field is written, here and on the wire."""

    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"
    TEXTS = "texts"
    """A list; in a query the field is repeated."""
    COMMAS = "commas"
    """A list in one text, separated by commas."""
    CHOICE = "choice"
    OBJECT = "object"
    ROWS = "rows"
    """A list of objects; keys that the field doesn't know stay behind."""
    PAIRS = "pairs"
    """Texts by name; a name given twice makes a list."""
    SECRET = "secret"  # noqa: S105 - the kind of a field
    """A text that appears in no message, log or file."""
    PATCH = "patch"
    """The whole body: a list of JSON Patch steps (RFC 6902)."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    """The API's, dotted where it stands inside of an object."""
    kind: Kind
    required: bool
    words: tuple[str, ...] = ()
    """Of a choice what there is to choose from, of rows their keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    name: str
    """As typed: `devices list`."""
    title: str
    """Cisco's own name of it."""
    method: str
    path: str
    """Below the base URL, with `{names}` to be filled in."""
    query: tuple[Field, ...]
    body: tuple[Field, ...]
    fixed: Mapping[str, Any]
    one_of: tuple[str, ...]
    content: str
    page: str | None
    """The key of the answer's list; None where the answer is one object."""
    links: bool
    """Whether further pages may follow."""
    scopes: tuple[str, ...]
    confirm: str
    """What is at stake; empty where nothing is."""
    confirm_when: Mapping[str, str]
    """The values with which it is; empty for any."""
    shows: tuple[str, ...]
    screens: tuple[str, ...]
    """Of the dashboard, from which it is reached; each is walked by a test."""
    writes: bool
    """Whatever isn't a GET: also what changes nothing and yet asks for a scope that writes."""
    article: int | None
    """Its number among the 43 of Cisco's article."""

    @property
    def places(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(_PLACE.findall(self.path))

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.query + self.body

    @property
    def takes_calling_id(self) -> bool:
        """Whether its device may be known by the calling id: PhoneOS phones by the one, MPP phones by the other."""
        return self.path.startswith("/telephony/config/devices/{deviceId}")


@cache
def operations() -> Mapping[str, Operation]:
    """All of them by name, in the table's order."""
    rows = tomllib.loads(files(__package__).joinpath("operations.toml").read_text("utf-8"))
    found = {f"{group} {verb}": row for group, verbs in rows.items() for verb, row in verbs.items()}
    return MappingProxyType({name: _operation(name, row) for name, row in found.items()})


def operation(name: str) -> Operation:
    """By the name that is typed; a KeyError is a mistake of ours."""
    return operations()[name]


def _operation(name: str, row: Mapping[str, Any]) -> Operation:
    method, path = row["request"].split(" ")
    return Operation(
        name=name,
        title=row["title"],
        method=method,
        path=path,
        query=tuple(map(_field, row.get("query", ()))),
        body=tuple(map(_field, row.get("body", ()))),
        fixed=MappingProxyType(row.get("fixed", {})),
        one_of=tuple(row.get("one_of", ())),
        content=row.get("content", JSON),
        page=row.get("page"),
        links=row.get("links", False),
        scopes=tuple(row.get("scopes", ())),
        confirm=row.get("confirm", ""),
        confirm_when=MappingProxyType(row.get("confirm_when", {})),
        shows=tuple(row.get("shows", ())),
        screens=tuple(row.get("screens", ())),
        writes=method != "GET",
        article=row.get("article"),
    )


def _field(text: str) -> Field:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise ValueError(f"not a field: {text}")
    kind = match["kind"] or "text"
    head, *words = kind.split()
    if "|" in head:
        return Field(match["name"], Kind.CHOICE, bool(match["required"]), tuple(head.split("|")))
    return Field(match["name"], Kind(head), bool(match["required"]), tuple(words))
