"""Records as plain JSON values and back: the archive's form, readable by every release of the program.

Fields at their default are left out when written; reading takes the fields that it knows and passes over the others.
"""

from collections.abc import Callable, Iterable, Mapping
from json import dumps, loads
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert, to_builtins

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.inventory import PhoneRecord
from phonetui.text import printable

Plain = dict[str, Any]

FILED_AS = {"loss_discard_pct": "gone_pct"}
"""Field → its name in the file, where the first releases had another word."""
_FIELDS = {filed: field for field, filed in FILED_AS.items()}
LONGEST = 1000
"""Characters kept of one text: a phone that babbles shall not fill the disk."""

_Kind = TypeVar("_Kind", bound=Struct)


def plain(record: Struct) -> Plain:
    """Strings, numbers, lists and dictionaries only, as JSON has them."""
    values: Plain = _rewritten(to_builtins(record), FILED_AS, lambda text: text[:LONGEST])
    return values


def record(values: Mapping[str, Any]) -> CallRecord:
    """The record of plain values. Raises ValueError for what was never a record."""
    return _converted(values, CallRecord)


def row_key(record: CallRecord | PhoneRecord | Alert) -> str:
    """Under which it stands in its table: one of a kind in all history."""
    if not isinstance(record, Alert):
        return record.id
    phone, kind, subject = record.key
    return f"{phone or ''}/{kind}/{subject}/{record.raised_at.timestamp():.3f}"


def row_text(record: Struct) -> str:
    """A record as stored in a row of the file."""
    return dumps(plain(record), separators=(",", ":"))


def parse_rows(texts: Iterable[str], kind: type[_Kind]) -> list[_Kind]:
    """The records of a kind among rows' texts; what was never one is passed over."""
    found = (_parsed(text, kind) for text in texts)
    return [one for one in found if one is not None]


def _parsed(text: str, kind: type[_Kind]) -> _Kind | None:
    try:
        return _converted(loads(text), kind)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def _converted(values: Mapping[str, Any], kind: type[_Kind]) -> _Kind:
    try:
        return convert(_rewritten(values, _FIELDS, printable), kind, strict=False)  # whole numbers may be floats
    except ValidationError as error:
        raise ValueError(f"no record: {error}") from error


def _rewritten(value: Any, names: Mapping[str, str], text: Callable[[str], str]) -> Any:
    """With other names of fields, and each text in it as `text` makes it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {names.get(name, name): _rewritten(part, names, text) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rewritten(part, names, text) for part in value]
    return value
