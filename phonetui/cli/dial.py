"""`phonetui dial PHONE NUMBER`: Call Dial."""

import argparse

from phonetui.cli.options import add_target


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("number", metavar="NUMBER", help="digits or a SIP address")


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.command import show
    from phonetui.cli.connection import ask
    from phonetui.errors import ConfigError
    from phonetui.xapi.control_commands import dialable

    try:
        number = dialable(options.number)
    except ValueError as error:
        raise ConfigError(f"nothing was dialled: {error}") from None
    _, answer = ask(options, lambda fleet, phone: fleet.dial(phone, number, confirmed=True))
    show(answer)
    return 0
