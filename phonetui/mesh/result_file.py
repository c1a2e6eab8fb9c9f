"""A mesh's result as JSON and back: the form of `--json`, of kept results and of baselines.

Names are the fields' own; a reader takes those that it knows and passes over the others. No number of a phone stands in
it. Times in UTC, milliseconds, percent and seconds as the names say, null where nobody knows.
"""

import json
from typing import Any

from msgspec import ValidationError, convert, to_builtins

from phonetui.errors import ConfigError
from phonetui.mesh.patterns import patterns
from phonetui.mesh.result import MeshComparison, MeshResult
from phonetui.text import printable

_VERSION = 1


def plain(result: MeshResult, comparison: MeshComparison | None = None) -> dict[str, Any]:
    """The result as plain JSON values."""
    found: dict[str, Any] = {"type": "mesh", "version": _VERSION, "ok": result.is_good}
    found |= _rounded(to_builtins(result, str_keys=True))
    found["verdicts"] = {verdict.word: count for verdict, count in result.counts.items()}
    found["patterns"] = [str(pattern) for pattern in patterns(result)]
    if comparison is not None:
        found["comparison"] = {"summary": str(comparison), "changes": [str(change) for change in comparison.changes]}
    return found


def text(result: MeshResult, comparison: MeshComparison | None = None) -> str:
    """The result as one line of ASCII JSON."""
    return json.dumps(plain(result, comparison), separators=(",", ":"))


def parse(text: str, name: str) -> MeshResult:
    """Reads what `text` wrote; `name` is the file's, for messages. Raises ConfigError."""
    try:
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("type") != "mesh":
            raise ConfigError(f"{name} is no result of a mesh", "Give a file that 'phonetui mesh --json' wrote")
        if found.get("version") != _VERSION:
            raise ConfigError(f"{name} was written by a newer phonetui", "Update phonetui")
        return convert(_clean(found), MeshResult, strict=False)
    except (ValueError, ValidationError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ConfigError(f"{name} cannot be read: {what}", "Give a file that 'phonetui mesh --json' wrote") from error


def _clean(value: Any) -> Any:
    """The result with every text made printable, as it comes from a file."""
    match value:
        case str():
            return printable(value)
        case dict():
            return {key: _clean(each) for key, each in value.items()}
        case list():
            return [_clean(each) for each in value]
    return value


def _rounded(value: Any) -> Any:
    """Figures with three decimals: no phone measures finer."""
    match value:
        case float():
            return round(value, 3)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value
