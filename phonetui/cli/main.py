"""Entry point: finds the sub-command, imports only its module, and turns errors into exit codes."""

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

from phonetui import signals
from phonetui.cli import output
from phonetui.cli.failure import INTERRUPTED, PhoneFailure, print_error
from phonetui.cli.options import ArgumentParser, Subcommand, add_attach, add_screen, parser, split
from phonetui.errors import ConfigError, PhonetuiError

COMMANDS = {
    "demo": ("demo", "", "dashboard over simulated phones, started inside this process"),
    "simulate": ("simulate", "", "serve simulated phones until interrupted"),
    "status": ("phone_commands", "PHONE [PATH …]", "xStatus: read and print"),
    "command": ("phone_commands", "PHONE PATH … [Key=Value …]", "xCommand: run and print the result"),
    "dial": ("phone_commands", "PHONE NUMBER", "call a number from a phone"),
    "keys": ("phone_commands", "PHONE KEY [KEY …]", "press a phone's keys, one after another"),
    "screenshot": ("phone_commands", "PHONE [-o FILE]", "save a phone's screen as a picture"),
    "probe": ("probe", "PHONE [-o FILE]", "survey what a phone really answers, redacted, as one file"),
    "trust": ("phone_commands", "PHONE [--yes]", "show a phone's certificate beside the accepted one, and accept it"),
    "watch": ("watch", "[PHONE …]", "no screen: one JSON object a line on standard output"),
    "collect": ("collect", "[--metrics ADDRESS]", "no screen, for as long as it is left running: figures for others"),
    "record": ("record", "DIR [PHONE …]", "no screen: write down what is observed, for replay"),
    "replay": ("replay", "FILE|DIR", "the dashboard over a recording; --watch: its lines, as 'watch' has them"),
    "recording": ("recording", "info | cut | redact | check FILE|DIR", "what is in a recording; parts and masked ones"),
    "mesh": ("mesh", "PLAN.toml | --phones A,B,C", "test calls between phones: which way is bad"),
    "report": (
        "report",
        "[--since -24h]",
        "a page about a day or a week: calls, phones in trouble, moves, certificates",
    ),
    "webex": (
        "webex",
        "[GROUP [OPERATION …]]",
        "every Webex operation: inventory, activation, settings, layouts, jobs",
    ),
    "nats": (
        "nats",
        "init DIR | check",
        "keys and a server's configuration for collectors and viewers; try what is there",
    ),
    "completion": ("data_files", "bash | zsh | fish", "print the completion for a shell"),
    "data": ("data_files", "NAME", "print a file that comes along: systemd unit, container file, manual page"),
    "doctor": ("doctor", "[--json]", "check Python, terminal, clock, SSH, ports and files, and say what to do"),
    "config": (
        "config",
        "path | init | check | show | import FILE",
        "the files, a first one, what is wrong in it, what is in force, phones to add",
    ),
}
"""Module of this package, arguments, summary.

A module of one sub-command is a `Subcommand` itself; one of several has them in its own `COMMANDS`, by name.
"""


_WITH_SCREEN = frozenset({"demo", "replay"})
"""Sub-commands that take the dashboard's options."""
_ATTACHED = frozenset({"nats", "watch", "status", "command", "dial", "keys", "screenshot"})
"""Sub-commands that may be attached to collectors."""
_RECORDING = frozenset({"collect"})
"""Those that take its `--record` alone."""


def entry(argv: Sequence[str] | None = None) -> int:
    """Runs the words (default: the process's own) and returns the exit code; prints everything there is to say."""
    words = list(sys.argv[1:] if argv is None else argv)
    with output.usable_streams(), signals.graceful_exit():
        try:
            code = _run(words)
            sys.stdout.flush()
        except BrokenPipeError:
            output.discard_output(sys.stdout)
            code = 0
        except OSError as error:
            output.discard_output(sys.stdout)
            code = print_error(output.OutputLost(error), None, as_json=False)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except signals.SignalExit as end:
            output.discard_output(sys.stdout)  # whoever sent the signal does not wait for a reader that may never read
            code = int(end.code or 0)
    return code


def _run(words: list[str]) -> int:
    as_json = "--json" in words
    try:
        command, options = parse_words(words)
        from phonetui.cli.log import log_to_file

        with log_to_file(options.log_file, options.log_level):
            code: int = command.run(options)
    except (signals.SignalExit, BrokenPipeError):
        raise
    except SystemExit as end:  # argparse after --help and --version
        return end.code if isinstance(end.code, int) else 0
    except Exception as error:
        if isinstance(error, OSError) and output.is_output_error(error):
            raise
        _print_traceback(words)
        match error:
            case PhoneFailure():
                return print_error(error.error, error.phone, as_json=as_json)
            case PhonetuiError():
                return print_error(error, None, as_json=as_json)
        what = f"a mistake in phonetui itself: {type(error).__name__}"  # one line, too
        mistake = PhonetuiError(what, "Run it again with --log-level debug to see where")
        return print_error(mistake, None, as_json=as_json)
    return code


_AGE = re.compile(r"[+-]\d+(?:\.\d+)?[smhd]")
"""A moment such as `-5m`, which is no option."""


def parse_words(words: list[str]) -> tuple[Subcommand, argparse.Namespace]:
    """The sub-command's module and its options. Raises ConfigError for words that aren't one, SystemExit for help."""
    before, name, after = split(words)
    after = [f" {word}" if _AGE.fullmatch(word) else word for word in after]
    options = top_parser().parse_args(before)
    if name is None:
        dashboard: Any = import_module("phonetui.cli.dashboard")
        return dashboard, options
    if name not in COMMANDS:
        raise _unknown(name)
    module, _, summary = COMMANDS[name]
    program, command = f"phonetui {name}", import_module(f"phonetui.cli.{module}")
    command = getattr(command, "COMMANDS", {}).get(name, command)
    if name == "webex":  # whose module chooses among further sub-commands
        command, program, summary, after = command.find_command(after)
    lines = parser(program, summary)
    command.declare(lines)
    if name not in _WITH_SCREEN:
        _refuse_screen(options, name)
    if name not in _ATTACHED:
        _refuse_attach(options, name)
    return command, lines.parse_intermixed_args(after, options)


def top_parser() -> ArgumentParser:
    """The parser of what stands before a sub-command; its help lists them all."""
    typed = {f"{name} {arguments}": summary for name, (_, arguments, summary) in COMMANDS.items()}
    width = max(map(len, typed))
    lines = [f"  {words:<{width}}  {summary}" for words, summary in typed.items()]
    top = parser(
        "phonetui",
        "Live monitoring of Cisco PhoneOS desk phones. Without a sub-command: the dashboard.",
        usage="phonetui [options] [sub-command …]",
        epilog="\n".join(["sub-commands (each has --help):", *lines]),
    )
    add_screen(top)
    add_attach(top)
    return top


def _unknown(name: str) -> ConfigError:
    import difflib

    if near := difflib.get_close_matches(name, COMMANDS, n=1):
        hint = f"Did you mean '{near[0]}'?"
    else:
        hint = "A phone is named after --phone" if "." in name or "//" in name else "See 'phonetui --help'"
    return ConfigError(f"'{name}' is no sub-command", hint)


def _refuse_screen(options: argparse.Namespace, name: str) -> None:
    given = (
        ("--theme", options.theme), ("--ascii", options.ascii), ("--no-mouse", options.no_mouse),
        ("--record", name not in _RECORDING and options.record),
    )  # fmt: skip
    for option, value in given:
        if value:
            raise ConfigError(f"{option} belongs to the dashboard, not to '{name}'")


def _refuse_attach(options: argparse.Namespace, name: str) -> None:
    for option, value in (("--attach", options.attach), ("--jump", options.jump), ("--site", options.sites)):
        if value:
            hint = f"Write --site after '{name}'" if option == "--site" and name == "collect" else ""
            raise ConfigError(f"{option} belongs to the dashboard and to commands of phones, not to '{name}'", hint)


def _print_traceback(words: list[str]) -> None:
    """The traceback of the error in hand, for those who asked for it."""
    if "--log-level=debug" in words or ("--log-level", "debug") in pairwise(words):
        import traceback

        output.write_stderr(traceback.format_exc().rstrip())
