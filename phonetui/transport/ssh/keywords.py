"""Keywords of an OpenSSH client configuration that the library doesn't read, and what to do about them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from phonetui import private

STRICT = "stricthostkeychecking"
HASH_NAMES = "hashknownhosts"

_UNMET: Mapping[str, tuple[frozenset[str], str]] = {
    "bindinterface": (frozenset(), "write BindAddress"),
    "knownhostscommand": (frozenset({"none"}), "put the keys into a known_hosts file"),
    "revokedhostkeys": (frozenset({"none"}), "mark them @revoked in known_hosts"),
    "securitykeyprovider": (frozenset({"internal"}), "load the key into ssh-agent"),
    STRICT: (frozenset({"ask", "yes", "true"}), "host keys are always checked, and a new one is asked"),
    "verifyhostkeydns": (frozenset({"no", "false"}), "a new key is asked, and kept in known_hosts"),
}
"""Keyword → values that ask nothing of us, and what to do about any other. Keywords that aren't here are obeyed by the
library, or mean nothing to a tunnel: forwardings, terminals, multiplexing."""

Said = tuple[Path, str, str]
"""File, keyword, value."""


def unmet(lines: Sequence[Said]) -> Iterator[str]:
    """What cannot be honoured, in words."""
    for path, keyword, value in lines:
        harmless, instead = _UNMET.get(keyword.casefold(), (frozenset({value.casefold()}), ""))
        if value.casefold() not in harmless:
            yield f"{keyword} {value} in {path} is not honoured: {instead}"


def said(host: str, paths: Sequence[Path]) -> Iterator[Said]:
    """Every line that may apply: of `Host` blocks that match and of all `Match` blocks. Raises OSError."""
    for path in paths:
        applies = True
        for line in path.read_text("utf-8", "replace").splitlines():
            keyword, _, rest = re.sub(r"\s*=\s*|\s+", " ", line.strip(), count=1).partition(" ")
            value = rest.strip().strip('"')
            match keyword.casefold():
                case "host":
                    applies = _matches(host, value.split())
                case "match":
                    applies = True
                case "include" if applies:
                    yield from said(host, [file for word in value.split() for file in _included(word)])
                case _ if applies and value and not keyword.startswith("#"):
                    yield path, keyword, value


def _included(word: str) -> Iterator[Path]:
    pattern = private.expanded(word)
    start = Path(pattern.anchor) if pattern.anchor else private.expanded("~/.ssh")
    found = start.glob(str(pattern.relative_to(pattern.anchor)) if pattern.anchor else str(pattern))
    yield from (file for file in found if file.is_file())


def _matches(host: str, patterns: Sequence[str]) -> bool:
    if any(fnmatchcase(host, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
        return False
    return any(fnmatchcase(host, pattern) for pattern in patterns)


def is_on(lines: Sequence[Said], keyword: str) -> bool:
    """Whether the first line with `keyword` (in lower case) says yes: OpenSSH takes the first value that it finds."""
    first = next((value for _, word, value in lines if word.casefold() == keyword), "no")
    return first.casefold() in ("yes", "true")
