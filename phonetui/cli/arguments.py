"""PATH and Key=Value as they are typed, quoted or as several words.

Apart from `options`, because this loads the xAPI's catalogue and `--version` must not.
"""

import re
from collections.abc import Sequence

from phonetui.errors import ConfigError
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.path import Path

_ARGUMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
"""`Call[@item='0']` has an equals sign too, but no name right before it."""


def path_of(words: Sequence[str], kind: CatalogKind = CatalogKind.STATUS) -> Path:
    """One path from all the words, in the catalogue's letter case. Raises ConfigError."""
    return phoneos().canonical(Path.parse(" ".join(words)), kind)


def split_arguments(words: Sequence[str]) -> tuple[Path, tuple[tuple[str, str], ...]]:
    """A command's path and its arguments: the words from the first `Key=Value` on. Raises ConfigError."""
    first = next((at for at, word in enumerate(words) if _ARGUMENT.fullmatch(word)), len(words))
    path = path_of(words[:first], CatalogKind.COMMAND)
    if not path:
        raise ConfigError("the command's path is missing", "Write it like 'Call Dial' before the first Key=Value")
    return path, tuple(_argument(word) for word in words[first:])


def _argument(word: str) -> tuple[str, str]:
    match = _ARGUMENT.fullmatch(word)
    if match is None:
        raise ConfigError(f"'{word}' is not Key=Value", "The command's path ends at the first Key=Value")
    return match[1], match[2]
