"""`phonetui screenshot PHONE [-o FILE]`: Ui GetDeviceScreenshot as a file."""

import argparse
from datetime import datetime

from phonetui.cli.options import add_target


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("-o", "--output", metavar="FILE", help="default: named by phone and time; - is standard output")


def run(options: argparse.Namespace) -> int:
    from phonetui.cli import output
    from phonetui.cli.connection import ask
    from phonetui.cli.failure import about
    from phonetui.xapi.command import Command
    from phonetui.xapi.path import Path as Place
    from phonetui.xapi.screenshot import decode

    output.check(options.output)
    command = Command(Place.of("Ui", "GetDeviceScreenshot"))
    phone, answer = ask(options, lambda fleet, phone: fleet.command(phone, command, confirmed=True))
    with about(phone):
        picture, ending = decode(answer)
    name = output.stem(phone, datetime.now().astimezone())
    if where := output.write(picture, options.output, name, ending):
        print(where)
    return 0
