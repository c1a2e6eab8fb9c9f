"""`phonetui config import FILE.csv`: shows which phones a sheet would add to the configuration, then adds them."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonetui.config.settings import PhoneSettings
    from phonetui.config.sheet import Addition


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.failure import tell
    from phonetui.config.sheet import prepared, read_sheet
    from phonetui.errors import ConfigError

    if options.file is None:
        raise ConfigError("import needs the name of a CSV file", "phonetui config import phones.csv")
    sheet = Path(options.file)
    addition = prepared(options.config, os.environ, sheet, read_sheet(sheet))
    for error in addition.wrong:
        tell(error, None, as_json=False)
    if addition.wrong:
        return 2
    print("\n".join(lines(addition)))
    if not addition.phones:
        return 0
    _decide(addition, yes=options.yes)
    addition.write()
    print(f"added to {addition.place}")
    return 0


def lines(addition: "Addition") -> Iterator[str]:
    """The phones in columns, those that are there already, and how many there are of each."""
    cells = [_cells(phone) for phone in addition.phones]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield f"+ {'  '.join(f'{cell:<{width}}' for cell, width in zip(row, widths, strict=True) if width)}".rstrip()
    for left_out, name in addition.known:
        yield f"= {name}  line {left_out.line}: there already, left as it is"
    known = f", {len(addition.known)} there already" if addition.known else ""
    yield f"{_many(len(addition.phones))} to be added{known}"


def _cells(phone: "PhoneSettings") -> tuple[str, ...]:
    via = "via Webex" if phone.is_behind_webex else f"via {phone.jump}" if phone.jump else ""
    tags = " ".join(f"#{tag}" for tag in phone.tags)
    return (phone.id, phone.authority, "/".join(phone.group), phone.model or "", via, tags)


def _many(phones: int) -> str:
    return f"{phones} phone{'' if phones == 1 else 's'}"


def _decide(addition: "Addition", *, yes: bool) -> None:
    """Returns where the phones may be added. Raises ConfigError where they may not."""
    from phonetui.errors import ConfigError

    if yes:
        return
    nothing = f"{addition.place}: nothing was added"
    if not sys.stdin.isatty():
        raise ConfigError(nothing, "Add --yes to add them")
    print(f"Add them to {addition.place}? [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise ConfigError(nothing)
