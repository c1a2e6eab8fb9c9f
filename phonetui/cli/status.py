"""`phonetui status PHONE [PATH …] [--json]`: read and print."""

import argparse

from phonetui.cli.options import add_json, add_target


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("path", metavar="PATH", nargs="*", default=[], help="in any notation; without one, everything")
    add_json(words)


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.arguments import path_of
    from phonetui.cli.connection import ask
    from phonetui.cli.json_lines import compact
    from phonetui.xapi.notation import status_lines

    path = path_of(options.path)
    phone, document = ask(options, lambda fleet, phone: fleet.fetch(phone, path))
    if options.json:
        print(compact({"phone": phone, "path": str(path), "status": document.nested()}))
    else:
        print("\n".join(status_lines(document)))
    return 0
