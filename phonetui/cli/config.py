"""`phonetui config path | init | check | show | import FILE.csv`."""

import argparse
import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from phonetui.cli.connection import configuration
from phonetui.cli.failure import print_error
from phonetui.cli.json_lines import compact
from phonetui.cli.output import confirm
from phonetui.config import places
from phonetui.errors import ConfigError
from phonetui.text import printable

if TYPE_CHECKING:
    from phonetui.config.settings import PhoneSettings
    from phonetui.config.sheet import Addition

COLUMN = 48
"""Where the origin of a value begins."""


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "action",
        choices=("path", "init", "check", "show", "import"),
        help="path: list the program's files; init: write a commented configuration; check: find what is wrong in it; "
        "show: every value in force and where it came from, secrets masked; import: add the phones of a CSV file",
    )
    words.add_argument("file", nargs="?", metavar="FILE.csv", help="import: its first line names the columns")
    words.add_argument("--yes", action="store_true", help="import: add them without being asked")
    words.add_argument("--json", action="store_true", help="show: one JSON object on standard output")


def run(options: argparse.Namespace) -> int:
    if options.action != "import" and (options.file is not None or options.yes):
        raise ConfigError("a file and --yes belong to 'config import'")
    actions = {"path": _path, "init": _init, "check": _check, "show": _show, "import": _import}
    return actions[options.action](options)


def _path(options: argparse.Namespace) -> int:
    for name, place in places.everything(places.configuration(options.config, os.environ)):
        print(f"{name:<14} {place}")
    return 0


def _init(options: argparse.Namespace) -> int:
    from phonetui.config.template import write_template

    file = places.configuration(options.config, os.environ)
    write_template(file)
    print(file)
    return 0


def _check(options: argparse.Namespace) -> int:
    from phonetui.config.interpretation import all_complaints
    from phonetui.config.reader import read_source
    from phonetui.ui.run import refusals

    source = read_source(options.config, os.environ)
    if source is None:
        place = places.configuration(options.config, os.environ)
        raise ConfigError(f"{place}: no such file", "'phonetui config init' writes one")
    complaints = all_complaints(source, refusals)
    for complaint in complaints:
        print_error(complaint, None, as_json=False)
    if complaints:
        return 2
    print(f"{source.path}: nothing wrong")
    return 0


def _show(options: argparse.Namespace) -> int:
    from phonetui.config.effective import effective
    from phonetui.config.reader import read_source
    from phonetui.monitor.firmware_profile import KeyArgumentStore

    config = configuration(options)
    source = read_source(options.config, os.environ)
    sections = effective(config, source, os.environ)
    learnt = KeyArgumentStore(places.key_arguments()).all()
    if options.json:
        found = [
            {"kind": kind, "key": "sendkey.parameter", "value": each.name, "origin": str(each.origin)}
            for kind, each in learnt.items()
        ]
        tables = [{"table": section.head, "values": list(map(asdict, section.values))} for section in sections]
        print(compact({"file": str(source.path) if source else None, "tables": tables, "learnt": found}))
        return 0
    print(f"# {source.path}" if source else "# no configuration file: all is built in")
    for section in sections:
        print(f"\n{section.head}")
        for value in section.values:
            print(printable(f"{value.toml:<{COLUMN}}  # {value.source}" if value.value is not None else value.toml))
    if learnt:
        print('\n# learnt from phones, where sendkey.parameter is "auto"')
    for kind, each in learnt.items():
        print(f"# {kind}: sendkey.parameter = {json.dumps(each.name):<14}  # its {each.origin}")
    return 0


def _import(options: argparse.Namespace) -> int:
    from phonetui.config.sheet import plan_addition, read_sheet

    if options.file is None:
        raise ConfigError("import needs the name of a CSV file", "phonetui config import phones.csv")
    sheet = Path(options.file)
    addition = plan_addition(options.config, os.environ, sheet, read_sheet(sheet))
    for error in addition.wrong:
        print_error(error, None, as_json=False)
    if addition.wrong:
        return 2
    print("\n".join(_addition_lines(addition)))
    if not addition.phones:
        return 0
    if not options.yes:
        question, nothing = f"Add them to {addition.place}?", f"{addition.place}: nothing was added"
        confirm(question, partial(ConfigError, nothing), "Add --yes to add them")
    addition.write()
    print(f"added to {addition.place}")
    return 0


def _addition_lines(addition: "Addition") -> Iterator[str]:
    """The phones in columns, those that are there already, and how many there are of each."""
    cells = [_cells(phone) for phone in addition.phones]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield f"+ {'  '.join(f'{cell:<{width}}' for cell, width in zip(row, widths, strict=True) if width)}".rstrip()
    for left_out, name in addition.known:
        yield f"= {name}  line {left_out.line}: there already, left as it is"
    known = f", {len(addition.known)} there already" if addition.known else ""
    count = len(addition.phones)
    yield f"{count} phone{'' if count == 1 else 's'} to be added{known}"


def _cells(phone: "PhoneSettings") -> tuple[str, ...]:
    via = "via Webex" if phone.is_behind_webex else f"via {phone.jump}" if phone.jump else ""
    tags = " ".join(f"#{tag}" for tag in phone.tags)
    return (phone.id, phone.authority, "/".join(phone.group), phone.model or "", via, tags)
