"""`phonetui screenshot PHONE [-o FILE]`: Ui GetDeviceScreenshot as a file."""

import argparse
import re
import sys
from datetime import datetime
from pathlib import Path

from phonetui.cli.options import add_target


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("-o", "--output", metavar="FILE", help="default: named by phone and time; - is standard output")


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.connection import ask
    from phonetui.cli.failure import about
    from phonetui.errors import ConfigError
    from phonetui.xapi.command import Command
    from phonetui.xapi.path import Path as Place
    from phonetui.xapi.screenshot import decode

    command = Command(Place.of("Ui", "GetDeviceScreenshot"))
    phone, answer = ask(options, lambda fleet, phone: fleet.command(phone, command, confirmed=True))
    with about(phone):
        picture, ending = decode(answer)
    if options.output == "-":
        sys.stdout.buffer.write(picture)
        return 0
    try:
        if options.output:
            file = Path(options.output)
            file.write_bytes(picture)
        else:
            file = save(picture, Path(), stem(phone, datetime.now().astimezone()), ending)
    except OSError as error:
        where = error.filename or options.output
        raise ConfigError(
            f"{where}: {error.strerror or 'cannot be written'}", "Choose another place with -o"
        ) from error
    print(file)
    return 0


def stem(phone: str, now: datetime) -> str:
    """`lobby-20261121-120000`: local time, as the operator's other files have it."""
    safe = re.sub(r"[^\w.-]+", "-", phone).strip(".-") or "phone"
    return f"{safe}-{now:%Y%m%d-%H%M%S}"


def save(picture: bytes, folder: Path, name: str, ending: str) -> Path:
    """Writes it under a name that is still free. Raises OSError."""
    number = 1
    while True:
        file = folder / (f"{name}.{ending}" if number == 1 else f"{name}-{number}.{ending}")
        try:
            with file.open("xb") as stream:
                stream.write(picture)
        except FileExistsError:
            number += 1
        else:
            return file
