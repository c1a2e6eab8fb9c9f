"""The grammar of the command line: options before or after the sub-command, shared options, usage errors."""

import argparse
import math
from typing import NoReturn, Protocol

from phonetui.errors import ConfigError

LEVELS = ("debug", "info", "warning", "error")
_VALUED = ("--config", "--phone", "--log-file", "--log-level", "--theme", "--record", "--attach", "--site", "--jump")
"""Options whose value may stand apart, before the sub-command."""


class Subcommand(Protocol):
    """What a sub-command is; a module can be one."""

    def declare(self, words: argparse.ArgumentParser) -> None: ...

    def run(self, options: argparse.Namespace) -> int: ...


def split(words: list[str]) -> tuple[list[str], str | None, list[str]]:
    """What stands before the sub-command, the sub-command, what stands after it."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-", "--"):
        at += 2 if words[at] in _VALUED else 1
    return words[:at], words[at] if at < len(words) else None, words[at + 1 :]


class ArgumentParser(argparse.ArgumentParser):
    """A parser whose complaint is one line like any other, instead of argparse's paragraph."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(message, f"See '{self.prog} --help'")


def parser(program: str, summary: str, **settings: str) -> ArgumentParser:
    """A parser without abbreviations: one that works today is ambiguous with the next release's option."""
    words = ArgumentParser(
        prog=program,
        description=summary,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **settings,  # type: ignore[arg-type]  # usage and epilog
    )
    add_everywhere(words)
    return words


def add_everywhere(words: argparse.ArgumentParser) -> None:
    group = words.add_argument_group("options before or after the sub-command")
    group.add_argument("--config", metavar="FILE", help="configuration file (else PHONETUI_CONFIG, else your own)")
    group.add_argument(
        "--phone", metavar="URL", action="append", help="instead of the configuration's phones; repeatable"
    )
    group.add_argument("--read-only", action="store_true", help="send nothing that could change a phone")
    group.add_argument("--log-file", metavar="FILE", help="where the log goes (see 'phonetui config path')")
    group.add_argument("--log-level", metavar="LEVEL", choices=LEVELS, help=", ".join(LEVELS))
    group.add_argument("--version", action=Version, nargs=0, help="show the version and end")


def add_screen(words: argparse.ArgumentParser) -> None:
    from phonetui.config.places import theme_files

    group = words.add_argument_group("options of the dashboard")
    group.add_argument("--theme", metavar="NAME", help=f"colours: {', '.join(theme_files())}, or a .toml file")
    group.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")
    group.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    group.add_argument("--record", metavar="DIR", help="record while it runs, for 'phonetui replay'")


def add_attach(words: argparse.ArgumentParser) -> None:
    group = words.add_argument_group("options of what is attached to collectors")
    group.add_argument("--attach", metavar="URL", help="over what collectors know: nats://host[:port]")
    group.add_argument("--site", metavar="NAME", action="append", dest="sites", help="of this site alone; repeatable")
    group.add_argument("--jump", metavar="NAME", help="the jump host that leads to the NATS server")


def add_target(words: argparse.ArgumentParser) -> None:
    words.add_argument("target", metavar="PHONE", help="a name from the configuration, or https://user@host[:port]")


def add_output(words: argparse.ArgumentParser) -> None:
    words.add_argument("-o", "--output", metavar="FILE", help="default: named by phone and time; - is standard output")


def add_json(words: argparse.ArgumentParser) -> None:
    words.add_argument("--json", action="store_true", help="one JSON object on standard output, errors too")


def seconds(word: str) -> float:
    """A positive number of seconds, as a type for argparse."""
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("must be a number of seconds above 0")
    return value


def count(word: str) -> int:
    """A whole number from 1, as a type for argparse."""
    if not (word.isascii() and word.isdecimal()) or not 0 < int(word) < 1_000_000:
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return int(word)


class Version(argparse.Action):
    """Prints the version; its number is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from phonetui import __version__

        print(f"phonetui {__version__}")
        parser.exit()
