"""`phonetui config path | init | check | show | import`."""

import argparse
import json
import os
from typing import TYPE_CHECKING

from phonetui.errors import ConfigError

if TYPE_CHECKING:
    from phonetui.config.effective import Section

COLUMN = 48
"""Where it is said from where a value came."""
ACTIONS = ("path", "init", "check", "show", "import")


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "action",
        choices=ACTIONS,
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
    from phonetui.config import places

    for name, place in places.everything(places.configuration(options.config, os.environ)):
        print(f"{name:<14} {place}")
    return 0


def _init(options: argparse.Namespace) -> int:
    from phonetui.config.places import configuration
    from phonetui.config.template import write_template

    file = configuration(options.config, os.environ)
    write_template(file)
    print(file)
    return 0


def _check(options: argparse.Namespace) -> int:
    from phonetui.cli.failure import tell
    from phonetui.config.file import read
    from phonetui.config.places import configuration
    from phonetui.config.reader import complaints_of
    from phonetui.ui.startup import refusals

    source = read(options.config, os.environ)
    if source is None:
        place = configuration(options.config, os.environ)
        raise ConfigError(f"{place}: no such file", "'phonetui config init' writes one")
    complaints = complaints_of(source, refusals)
    for complaint in complaints:
        tell(complaint, None, as_json=False)
    if complaints:
        return 2
    print(f"{source.path}: nothing wrong")
    return 0


def _import(options: argparse.Namespace) -> int:
    from phonetui.cli.importing import run

    return run(options)


def _show(options: argparse.Namespace) -> int:
    from phonetui.cli.connection import configuration
    from phonetui.cli.lines import compact
    from phonetui.config import places
    from phonetui.config.effective import effective
    from phonetui.config.file import read
    from phonetui.monitor.firmware_profile import KeyArgumentStore

    config = configuration(options)
    source = read(options.config, os.environ)
    sections = effective(config, source, os.environ)
    learnt = KeyArgumentStore(places.key_arguments()).all()
    if options.json:
        found = [
            {"kind": kind, "key": "sendkey.parameter", "value": each.name, "origin": str(each.origin)}
            for kind, each in learnt.items()
        ]
        file = str(source.path) if source else None
        print(compact({"file": file, "tables": list(map(_listed, sections)), "learnt": found}))
    else:
        print(f"# {source.path}" if source else "# no configuration file: all is built in")
        print("\n".join(line for section in sections for line in _lines(section)))
        if learnt:
            print('\n# learnt from phones, where sendkey.parameter is "auto"')
        for kind, each in learnt.items():
            print(f"# {kind}: sendkey.parameter = {json.dumps(each.name):<14}  # its {each.origin}")
    return 0


def _listed(section: "Section") -> dict[str, object]:
    values = [
        {"key": each.key, "value": each.value, "origin": str(each.origin), "place": each.place}
        for each in section.values
    ]
    return {"table": section.head, "values": values}


def _lines(section: "Section") -> list[str]:
    """TOML that could be a configuration, but for its secrets."""
    from phonetui.text import printable

    told = (each.toml if each.value is None else f"{each.toml:<{COLUMN}}  # {each.said}" for each in section.values)
    return ["", section.head, *map(printable, told)]
