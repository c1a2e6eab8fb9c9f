"""`phonetui config path | init | check | import`."""

import argparse
import os

from phonetui.errors import ConfigError

ACTIONS = ("path", "init", "check", "import")


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "action",
        choices=ACTIONS,
        help="path: list the program's files; init: write a commented configuration; check: find what is wrong in it; "
        "import: add the phones of a CSV file",
    )
    words.add_argument("file", nargs="?", metavar="FILE.csv", help="import: its first line names the columns")
    words.add_argument("--yes", action="store_true", help="import: add them without being asked")


def run(options: argparse.Namespace) -> int:
    if options.action != "import" and (options.file is not None or options.yes):
        raise ConfigError("a file and --yes belong to 'config import'")
    return {"path": _path, "init": _init, "check": _check, "import": _import}[options.action](options)


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

    source = read(options.config, os.environ)
    if source is None:
        place = configuration(options.config, os.environ)
        raise ConfigError(f"{place}: no such file", "'phonetui config init' writes one")
    complaints = complaints_of(source)
    for complaint in complaints:
        tell(complaint, None, as_json=False)
    if complaints:
        return 2
    print(f"{source.path}: nothing wrong")
    return 0


def _import(options: argparse.Namespace) -> int:
    from phonetui.cli.importing import run

    return run(options)
