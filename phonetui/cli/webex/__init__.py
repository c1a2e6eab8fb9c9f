"""`phonetui webex GROUP OPERATION …`: finds the operation. Most are made from their row in the table of operations."""

import difflib
from collections.abc import Iterable
from importlib import import_module

from phonetui.cli.options import Subcommand, parser, split
from phonetui.errors import ConfigError

PROGRAM = "phonetui webex"

OWN = {
    "login": ("account", "sign in with your integration: code and QR, for any browser"),
    "logout": ("account", "forget the sign-in"),
    "token": ("account", "whose token is in use, what it may do and until when"),
    "devices add": ("devices", "add many phones from a CSV file: all validated first, then one after another"),
    "devices onboard": (
        "onboard",
        "a new phone: code or MAC address, then the wait until it is online; what is missing",
    ),
    "devices untag": ("devices", "take single tags away from a phone"),
    "jobs list": ("jobs", "what runs over many phones, and what did lately, of every kind"),
    "members change": ("members", "one line of a phone: label, decline, hotline; the others stay as they are"),
    "configurations change": ("rollout", "one change for many phones: staged, shown, made, verified; resumable"),
    "configurations apply": ("rollout", "go on with the plan of a change"),
    "configurations verify": ("rollout", "ask whether a change has arrived at the phones"),
    "configurations rollback": ("rollout", "give the phones of a change back what they had"),
    "configurations restore": ("rollout", "what was saved of a phone, on phones"),
    "configurations diff": ("configurations", "where two phones differ"),
    "configurations save": ("configurations", "what is configured on a phone, as a file"),
    "configurations drift": ("configurations", "phones that differ from such a file"),
}
"""What is more than one operation: the module beside this one, and what it does."""


def find_command(words: list[str]) -> tuple[Subcommand, str, str, list[str]]:
    """The command, its program name, its summary and the words left for it.

    Raises ConfigError for words that are none, SystemExit for help.
    """
    before, group, after = split(words)
    if group is None:
        raise _listing(before, summaries(), "")
    if group in OWN:
        return _own(group, before + after)
    inside = {name: text for name, text in summaries().items() if name.split()[0] == group}
    if not inside:
        raise _unknown(group, (name.split()[0] for name in summaries()))
    between, verb, rest = split(after)
    if verb is None:
        raise _listing(before + between, inside, f" {group}")
    name, given = f"{group} {verb}", before + between + rest
    if name in OWN:
        return _own(name, given)
    if name not in inside:
        raise _unknown(name, inside)
    from phonetui.cli.webex.operation import OperationCommand
    from phonetui.webex.operations import operation

    return OperationCommand(operation(name)), f"{PROGRAM} {name}", inside[name], given


def summaries() -> dict[str, str]:
    """The summary of everything that can be typed, in order."""
    from phonetui.webex.operations import operations

    titles = {name: summary for name, (_, summary) in OWN.items()}
    titles |= {name: operation.title for name, operation in operations().items()}
    groups = list(dict.fromkeys(name.split()[0] for name in titles))
    return dict(sorted(titles.items(), key=lambda title: groups.index(title[0].split()[0])))


def _own(name: str, words: list[str]) -> tuple[Subcommand, str, str, list[str]]:
    module, summary = OWN[name]
    return import_module(f"{__name__}.{module}").COMMANDS[name], f"{PROGRAM} {name}", summary, words


def _listing(words: list[str], inside: dict[str, str], group: str) -> ConfigError | SystemExit:
    """Help where that was asked for, else what is missing."""
    width = max(map(len, inside))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in inside.items()]
    help_ = parser(
        f"{PROGRAM}{group}",
        "The fleet as Webex knows it.",
        usage=f"{PROGRAM}{group or ' [GROUP]'} OPERATION …",
        epilog="\n".join(["operations (each has --help):", *lines]),
    )
    help_.parse_args(words)  # ends the program after --help
    return ConfigError("which operation?", f"See '{PROGRAM}{group} --help'")


def _unknown(name: str, known: Iterable[str]) -> ConfigError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"See '{PROGRAM} --help'"
    return ConfigError(f"'webex {name}' is no operation", hint)
