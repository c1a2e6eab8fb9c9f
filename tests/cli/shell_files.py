"""Makes what shells and `man` read from the command line's own parsers.

    python -m tests.cli.shell_files

writes completions and the manual page into `phonetui/data`; a test compares them.
"""

import argparse
from importlib import import_module
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage  # type: ignore[import-untyped]  # it has no types

from phonetui import __version__
from phonetui.cli import main
from phonetui.cli.options import ArgumentParser
from phonetui.cli.webex import find_command, summaries

FOLDER = Path(main.__file__).parent.parent / "data"

NAMES = r"""sed -n 's/^[[:space:]]*name[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' "$file" 2>/dev/null"""
FILE = '"${PHONETUI_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/phonetui/config.toml}"'
PREAMBLE = {
    "bash": f"""
# Names of the configuration's phones that begin as the word does.
_phonetui_phones() {{
  local file={FILE}
  local IFS=$'\\n'
  compgen -W "$({NAMES})" -- "$1"
}}
""",
    "zsh": f"""
# Names of the configuration's phones.
_phonetui_phones() {{
  local file={FILE}
  local -a names
  names=("${{(@f)$({NAMES})}}")
  compadd -a names
}}
""",
    "fish": r"""
# Names of the configuration's phones.
function __phonetui_phones
    set -l base $HOME/.config
    set -q XDG_CONFIG_HOME; and set base $XDG_CONFIG_HOME
    set -l file $base/phonetui/config.toml
    set -q PHONETUI_CONFIG; and set file $PHONETUI_CONFIG
    sed -n 's/^[[:space:]]*name[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' $file 2>/dev/null
end
""",
}
PHONES = {"bash": "_phonetui_phones", "zsh": "_phonetui_phones", "fish": "(__phonetui_phones)"}
PATHS = {"FILE", "FILE.csv", "FILE|DIR", "PLAN.toml"}
FOLDERS = {"DIR"}

SECTIONS = {
    "ENVIRONMENT": """.TP
PHONETUI_CONFIG
The configuration file, where \\-\\-config names none.
.TP
PHONETUI_PASSWORD
The password of phones for which the configuration has none.
.TP
NO_COLOR, COLORTERM, TERM
What the terminal can show.
.PP
Neither the proxies nor the SSLKEYLOGFILE of the environment are followed.""",
    "EXIT STATUS": """.TP
0
Done.
.TP
1
The phone refused, or its answer could not be read; something that doctor checked failed.
.TP
2
Words or configuration are wrong.
.TP
3
The phone could not be reached, or did not answer in time.
.TP
4
Access: credentials, role, certificate, host key, or read\\-only.
.TP
130
Interrupted.""",
    "FILES": """phonetui config path lists every file that the program keeps.""",
    "SEE ALSO": """.BR ssh_config (5)""",
}
"""Of the manual page, beside what the parsers say."""


def command_tree(*, with_operations: bool = True) -> ArgumentParser:
    """All sub-commands in one parser, which the program itself never makes: it imports only the one that is meant."""
    top = main.top_parser()
    commands = top.add_subparsers(title="sub-commands", dest="command", metavar="SUB-COMMAND")
    for name, (module, arguments, summary) in main.COMMANDS.items():
        command = import_module(f"phonetui.cli.{module}")
        words = commands.add_parser(name, help=summary, usage=f"phonetui {name} [options] {arguments}".rstrip())
        if name == "webex":
            if with_operations:
                _add_webex(words)
        else:
            getattr(command, "COMMANDS", {}).get(name, command).declare(words)
    _complete(top)
    return top


def _add_webex(words: argparse.ArgumentParser) -> None:
    groups = words.add_subparsers(dest="group", metavar="GROUP")
    verbs: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for name, summary in summaries().items():
        group, _, verb = name.partition(" ")
        if not verb:
            words = groups.add_parser(group, help=summary)
        else:
            if group not in verbs:
                inner = groups.add_parser(group, help=f"{group} of the organization")
                verbs[group] = inner.add_subparsers(dest="verb", metavar="OPERATION")
            words = verbs[group].add_parser(verb, help=summary)
        find_command(name.split())[0].declare(words)


def _complete(words: argparse.ArgumentParser) -> None:
    """Says of each argument what may stand there."""
    for action in words._actions:  # the only way to argparse's arguments, which shtab takes, too
        names = {action.metavar} if isinstance(action.metavar, str) else set(action.metavar or ())
        if isinstance(action, argparse._SubParsersAction):
            for inner in set(action.choices.values()):
                _complete(inner)
        elif "PHONE" in names and not action.option_strings:
            action.complete = PHONES  # type: ignore[attr-defined]  # what shtab looks for
        elif names & PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif names & FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]


def generated() -> dict[str, str]:
    """By file name: what belongs into `phonetui/data`."""
    made = {
        f"completion.{shell}": shtab.complete(command_tree(), shell, preamble=PREAMBLE[shell]).rstrip() + "\n"
        for shell in ("bash", "zsh", "fish")
    }
    return made | {"phonetui.1": manual()}


def manual() -> str:
    """In section 1; of Webex's operations the groups alone, since each operation has its own `--help`."""
    top = command_tree(with_operations=False)
    top.epilog = None  # the list of sub-commands, which the page has anyway
    page = Manpage(top, format="single-commands-section")
    page.description = "live monitoring of Cisco PhoneOS desk phones in a terminal"
    page.manual, page.source, page.date = "User Commands", f"phonetui {__version__}", ""
    for heading, content in SECTIONS.items():
        page.add_section(heading, "=", content)
    return str(page)


if __name__ == "__main__":
    for name, text in generated().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"{name}: {len(text)} characters")
