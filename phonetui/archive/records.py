"""A call record as plain JSON values and back: the form in which the archive keeps it, whatever release wrote it.

Fields at their default are left out when written; reading takes the fields that it knows and passes over the others.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import ValidationError, convert, to_builtins

from phonetui.phone.calls.call_record import CallRecord
from phonetui.text import printable

Plain = dict[str, Any]

FILED_AS = {"loss_discard_pct": "gone_pct"}
"""Field → its name in the file, where the first releases had another word."""
_FIELDS = {filed: field for field, filed in FILED_AS.items()}
LONGEST = 1000
"""Characters kept of one text: a phone that babbles shall not fill the disk."""


def plain(record: CallRecord) -> Plain:
    """Strings, numbers, lists and dictionaries only, as JSON has them."""
    values: Plain = _rewritten(to_builtins(record), FILED_AS, lambda text: text[:LONGEST])
    return values


def record(values: Mapping[str, Any]) -> CallRecord:
    """Raises ValueError for what was never a record."""
    try:
        return convert(_rewritten(values, _FIELDS, printable), CallRecord, strict=False)  # whole numbers may be floats
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
