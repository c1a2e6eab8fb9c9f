"""`phonetui command PHONE PATH … [Key=Value …]`: run and print the result."""

import argparse
import sys
from typing import TYPE_CHECKING

from phonetui.cli.options import add_json, add_target

if TYPE_CHECKING:
    from phonetui.xapi.command import CommandResult


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("words", metavar="PATH … [Key=Value …]", nargs="+", help="a repeated key makes a list")
    words.add_argument(
        "--body-file", metavar="FILE", help="the data block of a multi-line command; - is standard input"
    )
    words.add_argument(
        "--yes",
        action="store_true",
        help="needed to reboot, to reset, to delete a certificate, and for the red Action button",
    )
    add_json(words)


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.arguments import split_arguments
    from phonetui.cli.connection import ask
    from phonetui.cli.json_lines import compact
    from phonetui.errors import ConfigError
    from phonetui.xapi.command import Command
    from phonetui.xapi.control_commands import with_dialable
    from phonetui.xapi.schema import always_asks

    path, arguments = split_arguments(options.words)
    command = with_dialable(Command(path, arguments, _body(options.body_file)))
    if always_asks(command) and not options.yes:
        raise ConfigError(f"'{path}' is not undone by another command", "Add --yes if that is meant")
    phone, answer = ask(options, lambda fleet, phone: fleet.command(phone, command, confirmed=True))
    if options.json:
        print(compact({"phone": phone, "command": str(path), "result": answer.document.nested()}))
    else:
        show(answer)
    return 0


def show(answer: "CommandResult") -> None:
    """As the phone's own terminal would."""
    from phonetui.xapi.notation import answer_lines

    print("\n".join(["OK", *answer_lines(answer.name, answer.document)]))


def _body(file: str | None) -> str | None:
    from pathlib import Path

    from phonetui.errors import ConfigError

    if file is None:
        return None
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}", "Look at --body-file") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not UTF-8 text", "Look at --body-file") from None
