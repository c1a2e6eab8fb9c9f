"""The operations of `operations.toml` as values, their requests, and which URLs may get the token. Pure."""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import msgspec
from msgspec import Struct

from phonetui.errors import ConfigError, ProtocolError
from phonetui.text import printable
from phonetui.xapi.control_commands import is_dangerous
from phonetui.xapi.path import Path

_FIELD = re.compile(r"(?P<name>[\w.]+)(?P<required>!?)(?:: (?P<kind>.+))?")
_PLACE = re.compile(r"\{(\w+)\}")


class FieldKind(StrEnum):
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
    EITHER = "either"
    """As COMMAS in a query; repeated as TEXTS where Webex doesn't take it so."""
    TAGS = "tags"
    """Dynamic settings: a list of objects with `tag`, `action` (SET or CLEAR) and `value`."""
    PATCH = "patch"
    """The whole body: a list of JSON Patch steps (RFC 6902)."""


class Field(Struct, frozen=True):
    """One parameter of an operation: in its path, its query or its body."""

    name: str
    """The API's, dotted where it is inside of an object."""
    kind: FieldKind
    required: bool
    words: tuple[str, ...] = ()
    """Of a choice what there is to choose from, of rows and tags their keys."""


class Operation(Struct, frozen=True, kw_only=True):
    """One operation of Webex's API: a row of `operations.toml`."""

    name: str
    """As typed: `devices list`."""
    title: str
    """Cisco's own name of it."""
    method: str
    path: str
    """Below the base URL, with `{names}` to be filled in."""
    query: tuple[Field, ...]
    body: tuple[Field, ...]
    fixed: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Fields of the body that are always the same."""
    one_of: tuple[str, ...] = ()
    """Exactly one of these fields must be given."""
    named: tuple[str, ...] = ()
    """Required fields that are typed as options nevertheless."""
    drops: tuple[str, ...] = ()
    """Fields of the body that are left out with the values of `drops_when`: Webex refuses them there."""
    drops_when: Mapping[str, str] = msgspec.field(default_factory=dict)
    reads: bool = False
    """Whether it changes nothing although its method isn't GET."""
    content: str = "application/json"
    page: str | None = None
    """The key of the answer's list; None where the answer is one object."""
    links: bool = False
    """Whether further pages may follow."""
    scopes: tuple[str, ...] = ()
    """All are needed; of `a|b` one is enough."""
    not_found: str = ""
    """What a 404 most likely means, where it isn't a wrong id."""
    job: str = ""
    """The operation that tells how the job stands which this one starts."""
    good_when: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Values of the answer without which the command line ends with 1."""
    confirm: str = ""
    """What is at stake; empty where nothing is."""
    confirm_when: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The values with which it is; empty for any."""
    shows: tuple[str, ...] = ()
    """Columns that the command line draws."""
    screens: tuple[str, ...] = ()
    """Of the dashboard, from which it is reached; each is walked by a test."""
    article: int | None = None
    """Its number among the 43 of Cisco's article."""

    @property
    def writes(self) -> bool:
        """Whatever isn't a GET, unless its row says so: also what changes nothing and asks for a scope that writes."""
        return self.method != "GET" and not self.reads

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
    """All operations by name, in the table's order."""
    rows = tomllib.loads(files(__package__).joinpath("operations.toml").read_text("utf-8"))
    found = {f"{group} {verb}": row for group, verbs in rows.items() for verb, row in verbs.items()}
    return MappingProxyType({name: _operation(name, row) for name, row in found.items()})


def operation(name: str) -> Operation:
    """The operation of the name that is typed; a KeyError is a mistake of the program's."""
    return operations()[name]


def _operation(name: str, row: Mapping[str, Any]) -> Operation:
    method, path = row["request"].split(" ")
    query, body = (tuple(map(_field, row.get(part, ()))) for part in ("query", "body"))
    rest: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    for parsed in ("request", "query", "body"):
        rest.pop(parsed, None)
    return Operation(name=name, method=method, path=path, query=query, body=body, **rest)


def _field(text: str) -> Field:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise ValueError(f"not a field: {text}")
    kind = match["kind"] or "text"
    head, *words = kind.split()
    if "|" in head:
        return Field(match["name"], FieldKind.CHOICE, bool(match["required"]), tuple(head.split("|")))
    return Field(match["name"], FieldKind(head), bool(match["required"]), tuple(words))


Values = Mapping[str, Any]
"""By the API's names: those in the path and those of the fields. None counts as not given."""


class WebexRequest(Struct, frozen=True):
    """One request, ready to be sent."""

    operation: Operation
    path: str
    """Below the base URL, names filled in and quoted."""
    query: tuple[tuple[str, str], ...]
    body: Any
    """JSON; None where the operation takes none."""


def request(operation: Operation, values: Values, org: str | None = None, *, repeats: bool = False) -> WebexRequest:
    """`org` is for administrators of several organizations; `repeats`: fields that are EITHER are repeated.

    Raises ConfigError for values that don't make a request.
    """
    given = {name: value for name, value in values.items() if value is not None}
    _check(operation, given)
    if operation.drops and _are(given, operation.drops_when):
        given = {name: value for name, value in given.items() if name not in operation.drops}
    query = [
        pair for field in operation.query if field.name in given for pair in _pairs(field, given[field.name], repeats)
    ]
    if org:
        query.append(("orgId", org))
    places = {name: quote(str(given[name]), safe="") for name in operation.places}
    return WebexRequest(operation, operation.path.format(**places), tuple(query), _body(operation, given))


def _check(operation: Operation, given: Values) -> None:
    """Raises ConfigError."""
    fields = {field.name: field for field in operation.fields}
    needed = [*operation.places, *(name for name, field in fields.items() if field.required)]
    complaint = ""
    if missing := [name for name in needed if given.get(name) in (None, "")]:
        complaint = f"{', '.join(missing)} missing"
    elif unknown := [name for name in given if name not in (*operation.places, *fields)]:
        complaint = f"takes no {', '.join(unknown)}"
    elif operation.one_of and sum(name in given for name in operation.one_of) != 1:
        complaint = f"exactly one of {', '.join(operation.one_of)} is needed"
    if complaint:
        raise ConfigError(f"{operation.name}: {complaint}", f"See 'phonetui webex {operation.name} --help'")
    for name, field in fields.items():
        if field.kind is FieldKind.CHOICE and name in given and given[name] not in field.words:
            raise ConfigError(f"{operation.name}: {name} must be one of {', '.join(field.words)}")


def _are(given: Values, wanted: Mapping[str, str]) -> bool:
    return all(given.get(name) == word for name, word in wanted.items())


def _pairs(field: Field, value: Any, repeats: bool) -> list[tuple[str, str]]:
    match field.kind:
        case FieldKind.EITHER if repeats:
            return [(field.name, str(item)) for item in value]
        case FieldKind.TEXTS:
            return [(field.name, str(item)) for item in value]
        case FieldKind.COMMAS | FieldKind.EITHER:
            return [(field.name, ",".join(value))]
        case FieldKind.FLAG:
            return [(field.name, "true" if value else "false")]
        case _:
            return [(field.name, str(value))]


def _body(operation: Operation, given: Values) -> Any:
    if not operation.body:
        return None
    body: dict[str, Any] = dict(operation.fixed)
    for field in operation.body:
        if field.name not in given:
            continue
        if field.kind is FieldKind.PATCH:
            return list(given[field.name])
        *outer, last = field.name.split(".")
        inside = body
        for name in outer:
            inside = inside.setdefault(name, {})
        inside[last] = _value(field, given[field.name])
    return body


def _value(field: Field, value: Any) -> Any:
    if field.kind in (FieldKind.ROWS, FieldKind.TAGS):
        return [{key: row[key] for key in field.words if row.get(key) is not None} for row in value]
    if field.kind in (FieldKind.TEXTS, FieldKind.COMMAS):
        return list(value)
    return value


def consequences(operation: Operation, values: Values) -> str:
    """A clause in words; empty where another call undoes it."""
    if "commandName" in operation.places and is_dangerous(Path.parse(str(values.get("commandName") or ""))):
        return "it cannot be undone"
    return operation.confirm if _are(values, operation.confirm_when) else ""


def checked_base_url(base_url: str) -> str:
    """`base_url` without a slash at its end. Raises ConfigError unless it is https, or http to this machine itself."""
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        raise ConfigError("[webex] base_url is no URL", "Such as https://webexapis.com/v1") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigError("[webex] base_url is an address alone", "Such as https://webexapis.com/v1")
    host = parts.hostname or ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))):
        hint = "A token sent over http could be read by anybody on the way"
        raise ConfigError("[webex] base_url must begin with https://", hint)
    return base_url.rstrip("/")


def next_page_url(base_url: str, current: str, link: str | None) -> str | None:
    """The next page's URL. Raises ProtocolError for one at another place: the token stays where it belongs."""
    if not link:
        return None
    try:
        target = urljoin(current, link)
        if _origin(target) == _origin(base_url):
            return target
    except ValueError:
        pass
    raise ProtocolError(f"Webex's next page is at another place: {printable(link[:200])}", "It was not asked there")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
