"""Themes: TOML files with the look of each role, for Textual and for our own rows.

name = "phonetui-dark"
dark = true
ansi = true        only the terminal's own colours, `ansi_blue`, on its own ground; false where it is left out
[colours]          the toolkit's own: borders, inputs, the palette
primary = "#7aa2f7"
[roles]            every role of `row.Role`, as `[bold] foreground [on background]`
good = "#73c7b0"

A theme's file while its author edits it.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from phonetui import private
from phonetui.config.places import theme_files
from phonetui.errors import ConfigError
from phonetui.ui.text.rows import Role

_COLOURS = (
    "primary",
    "secondary",
    "accent",
    "warning",
    "error",
    "success",
    "foreground",
    "background",
    "surface",
    "panel",
)
COLOURLESS = "phonetui-mono"
"""The theme for terminals that are to be spared colours."""
_ANSI_VARIABLES = {
    **{
        f"{part}-{ground}": "ansi_default"
        for part in ("block-cursor", "block-cursor-blurred", "input-cursor", "input-selection", "screen-selection")
        for ground in ("foreground", "background")
    },
    "ansi-foreground": "ansi_default",
    "ansi-background": "ansi_default",
    "block-cursor-text-style": "reverse",
    "block-cursor-blurred-text-style": "underline",
    "input-cursor-text-style": "reverse",
}
"""What the toolkit shows by a ground of its own, shown by reverse where the grounds are the terminal's."""


@cache
def themes() -> Mapping[str, Theme]:
    """All that come with the program, by name."""
    return {name: load(file) for name, file in theme_files().items()}


def find_theme(name: str) -> Theme:
    """The theme called `name`, or read from the file `name`. Raises ConfigError where there is neither."""
    known = theme_files()
    if name in known:
        return load(known[name])
    if is_file(name):
        return load(private.expand_user(name))
    raise ConfigError(f"no theme {name!r}", f"Known are {', '.join(known)}, or the path of a .toml file.")


def is_file(name: str) -> bool:
    """Whether `[ui] theme` names a file rather than a theme."""
    return name.endswith(".toml")


def load(file: Path) -> Theme:
    """Raises ConfigError naming the file and what is wrong with it."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file.name}: {error.strerror}", "Set [ui] theme to a file that can be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file.name}: {error}", "Themes are TOML in UTF-8.") from error
    colours, roles = table.get("colours", {}), table.get("roles", {})
    _check(file.name, colours, roles)
    return Theme(
        name=str(table.get("name") or file.name.removesuffix(".toml")),
        dark=bool(table.get("dark", True)),
        ansi=table.get("ansi") is True,
        **{name: colours[name] for name in _COLOURS},
        variables={f"role-{role}": roles[role] for role in Role}
        | {"border-blurred": colours["panel"]}
        | (_ANSI_VARIABLES if table.get("ansi") is True else {}),
    )


def role_style(theme: Theme, role: Role) -> Style:
    return Style.parse(theme.variables.get(f"role-{role}", ""))


def _check(file: str, colours: dict[str, str], roles: dict[str, str]) -> None:
    missing = [name for name in _COLOURS if name not in colours] + [role for role in Role if role not in roles]
    if missing:
        raise ConfigError(f"{file}: no {', '.join(missing)}", "Every colour and every role needs a value.")
    unknown = sorted({*colours} - {*_COLOURS}) + sorted({*roles} - {*Role})
    if unknown:
        raise ConfigError(f"{file}: unknown {', '.join(unknown)}", "Roles and colours are those of phonetui-dark.")
    _parse(file, colours, Color.parse)
    _parse(file, roles, Style.parse)


def _parse(file: str, table: dict[str, str], parse: Callable[[str], object]) -> None:
    for name, words in table.items():
        try:
            parse(words)
        except (StyleSyntaxError, ColorParseError) as error:
            raise ConfigError(f"{file}: {name}: {error}", "Write `[bold] #rrggbb [on #rrggbb]`.") from error


class ThemeFile:
    """Remembers which state of the file is on the screen."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = self._stamp()

    def reloaded(self) -> Theme | None:
        """The theme when the file changed since the last look. Raises ConfigError for one that cannot be read."""
        stamp = self._stamp()
        if stamp in (self._seen, None):  # editors take a file away for a moment when they save it
            return None
        self._seen = stamp
        return load(self._file)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
