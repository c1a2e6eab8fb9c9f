"""The themes that come along: found for the dashboard, and for the help that lists them without it."""

from collections.abc import Mapping
from pathlib import Path

import phonetui

_FIRST = ("phonetui-dark.toml", "phonetui-light.toml")


def theme_files() -> Mapping[str, Path]:
    """Those of the themes that come with the program, by name, dark and light first.

    Inside the installed package; in a working copy that is installed editable, in the folder beside it.
    """
    package = Path(phonetui.__path__[0])
    packaged = package / "themes"
    folder = packaged if packaged.is_dir() else package.parent / "themes"
    return {file.stem: file for file in sorted(folder.glob("*.toml"), key=lambda file: (file.name not in _FIRST, file))}
