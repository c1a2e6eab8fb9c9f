"""Which arguments of commands are secrets, and commands told without them: for journals, logs, files and screens."""

import re

from phonetui.text import Printable, printable
from phonetui.xapi.command import Command

STARS = "***"

_NAMES = re.compile(
    r"passw|passphrase|passcode|pwd|secret|token|credential|cookie|psk|(?:private|api|auth|shared)key|pin$",
    re.IGNORECASE,
)
"""Of arguments that hold one. Not published as such: by what words of this kind mean elsewhere (inferred)."""
_USER_INFO = re.compile(r"(?<=//)[^\s/@]*@")
_TYPED = re.compile(r"""([A-Za-z_][A-Za-z0-9_.-]*)=("[^"]*"?|'[^']*'?|\S+)""")


def is_secret(name: str) -> bool:
    """Whether an argument of this name holds something that nobody else should read."""
    return bool(_NAMES.search(name))


def disclosed(command: Command) -> tuple[tuple[str, str], ...]:
    """The arguments in order, with stars for secrets and for the user part of URLs; a data block by its length."""
    body = () if command.body is None else (("body", f"{len(command.body)} characters"),)
    return (*((name, _value(name, value)) for name, value in command.arguments), *body)


def told(command: Command) -> Printable:
    """The command in one line."""
    return printable(" ".join([str(command), *(f"{name}={value}" for name, value in disclosed(command))]))


def without_secrets(words: str, command: Command) -> Printable:
    """What a phone said to a command, with stars where it repeats a secret of it."""
    for name, value in command.arguments:
        if is_secret(name) and value:
            words = words.replace(value, STARS)
    return printable(words)


def masked(line: str) -> str:
    """A line as it was typed, which may be half a command, with stars for its secrets."""
    return _TYPED.sub(lambda match: f"{match[1]}={_value(match[1], match[2])}", line)


def _value(name: str, value: str) -> str:
    return STARS if is_secret(name) else _USER_INFO.sub(f"{STARS}@", value)
