"""An operation with its values → what goes over the wire. Pure: whatever is missing or too much is said before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from phonetui.errors import ConfigError
from phonetui.webex.operation import Field, Kind, Operation

Values = Mapping[str, Any]
"""By the API's names: those in the path and those of the fields. None counts as not given."""


@dataclass(frozen=True, slots=True)
class Request:
    operation: Operation
    path: str
    """Below the base URL, names filled in and quoted."""
    query: tuple[tuple[str, str], ...]
    body: Any
    """JSON; None where the operation takes none."""


def request(operation: Operation, values: Values, org: str | None = None) -> Request:
    """`org` is for administrators of several organizations. Raises ConfigError for values that don't make a request."""
    given = {name: value for name, value in values.items() if value is not None}
    _check(operation, given)
    query = [pair for field in operation.query if field.name in given for pair in _pairs(field, given[field.name])]
    if org:
        query.append(("orgId", org))
    places = {name: quote(str(given[name]), safe="") for name in operation.places}
    return Request(operation, operation.path.format(**places), tuple(query), _body(operation, given))


def _check(operation: Operation, given: Values) -> None:
    fields = {field.name: field for field in operation.fields}
    wanted = [*operation.places, *(name for name, field in fields.items() if field.required)]
    if missing := [name for name in wanted if given.get(name) in (None, "")]:
        raise ConfigError(f"{operation.name}: {_listed(missing)} missing", _help(operation))
    if unknown := [name for name in given if name not in fields and name not in operation.places]:
        raise ConfigError(f"{operation.name}: takes no {_listed(unknown)}", _help(operation))
    if operation.one_of and sum(name in given for name in operation.one_of) != 1:
        raise ConfigError(f"{operation.name}: exactly one of {_listed(operation.one_of)} is needed", _help(operation))
    for name, value in given.items():
        field = fields.get(name)
        if field is not None and field.kind is Kind.CHOICE and value not in field.words:
            raise ConfigError(f"{operation.name}: {name} must be one of {_listed(field.words)}")


def _pairs(field: Field, value: Any) -> list[tuple[str, str]]:
    match field.kind:
        case Kind.TEXTS:
            return [(field.name, str(item)) for item in value]
        case Kind.COMMAS:
            return [(field.name, ",".join(value))]
        case Kind.FLAG:
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
        if field.kind is Kind.PATCH:
            return list(given[field.name])
        *outer, last = field.name.split(".")
        inside = body
        for name in outer:
            inside = inside.setdefault(name, {})
        inside[last] = _value(field, given[field.name])
    return body


def _value(field: Field, value: Any) -> Any:
    if field.kind is Kind.ROWS:
        return [{key: row[key] for key in field.words if row.get(key) is not None} for row in value]
    if field.kind in (Kind.TEXTS, Kind.COMMAS):
        return list(value)
    return value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _help(operation: Operation) -> str:
    return f"See 'phonetui webex {operation.name} --help'"
