"""What the user's OpenSSH client configuration says of a jump host, and which of its words cannot be honoured.

Keywords of an OpenSSH client configuration that the library doesn't read, and what to do about them.

Jump hosts as values: which they are, how one stands, and whom it may ask while it logs in.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol, cast

import asyncssh

from phonetui import private
from phonetui.errors import ConfigError

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


def unmet_conditions(lines: Sequence[Said]) -> Iterator[str]:
    """What cannot be honoured, in words."""
    for path, keyword, value in lines:
        harmless, instead = _UNMET.get(keyword.casefold(), (frozenset({value.casefold()}), ""))
        if value.casefold() not in harmless:
            yield f"{keyword} {value} in {path} is not honoured: {instead}"


def keyword_values(host: str, paths: Sequence[Path]) -> Iterator[Said]:
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
                    yield from keyword_values(host, [file for word in value.split() for file in _included(word)])
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A jump host as the operator names it; what is None comes from the OpenSSH client configuration."""

    name: str
    host: str
    """An address, a name, or a `Host` alias of the OpenSSH client configuration."""
    port: int | None = None
    user: str | None = None
    key_file: str | None = None
    known_hosts: str | None = None
    via: str | None = None
    """The jump host that leads to this one; else `ProxyJump` decides."""
    advertise: str | None = None
    """Under which of its addresses phones reach it; None finds out."""


class TunnelStatus(StrEnum):
    OPENING = "opening"
    UP = "up"
    LOST = "lost"
    """Not reached, or broken; tried again."""
    REFUSED = "refused"
    """Its host key or our login; tried again at long intervals."""


class LoginPrompter(Protocol):
    """Puts questions to the operator. Both may take as long as people take, and are asked one at a time."""

    async def trust(self, jump: str, words: str) -> bool:
        """Whether a host key that nobody knows is to be believed from now on."""

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None:
        """A passphrase, a password, a one-time code; `shown` while it is typed. None where it is not given."""


_SYSTEM = Path("/etc/ssh/ssh_config")
_USER_KNOWN = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_GLOBAL_KNOWN = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_KEYS = ("~/.ssh/id_ed25519_sk", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpRoute:
    """How a jump host is reached and recognised."""

    fields: Mapping[str, Any] = field(repr=False)
    """For the library's `connect`."""
    host: str
    port: int
    user: str
    known_as: str
    """The name that its host key is kept under."""
    jumps: tuple[str, ...] = ()
    """Which hosts lead there by `ProxyJump`, outermost first."""
    command: tuple[str, ...] = ()
    """`ProxyCommand` in words; empty without one."""
    known_hosts: tuple[Path, ...]
    """An accepted key is written to the first."""
    strict: bool = False
    """Whether a new host key is refused without a question."""
    hash_names: bool = False
    """Whether the name of an accepted key is kept as a hash."""
    unmet: tuple[str, ...] = ()
    """What cannot be honoured, in words."""


def files() -> tuple[Path, ...]:
    """The client's configuration files that are there, the user's first."""
    return tuple(file for file in (private.expanded("~/.ssh/config"), _SYSTEM) if os.access(file, os.R_OK))


def route(jump: Jump, paths: Sequence[Path], own_known_hosts: Path) -> JumpRoute:
    """Reads the files, and may run what `Match exec` says: not for the event loop. Raises ConfigError.

    `own_known_hosts` stands in where the user's configuration keeps no host keys.
    """
    named: dict[str, Any] = {"host": jump.host, "config": [str(path) for path in paths]}
    named |= {"port": jump.port} if jump.port is not None else {}
    named |= {"username": jump.user} if jump.user is not None else {}
    try:
        found = asyncssh.SSHClientConnectionOptions(**named, client_keys=None, known_hosts=None, gss_auth=False)
        said = list(keyword_values(jump.host, paths))
    except (ValueError, OSError) as error:
        hint = f"See 'ssh -G {jump.host}', or set host, port and user in [jump.{jump.name}]"
        raise ConfigError(f"{jump.name}: the OpenSSH configuration cannot be used: {error}", hint) from error
    steps = found.tunnel.split(",") if isinstance(found.tunnel, str) else []
    return JumpRoute(
        fields={**named, **_login(jump, found), **_wire(found), "proxy_command": None},
        host=found.host,
        port=found.port,
        user=found.username,
        known_as=found.host_key_alias or found.host,
        command=tuple(found.proxy_command or ()),
        jumps=tuple(step.strip() for step in steps),
        known_hosts=_known_hosts(jump, found, own_known_hosts),
        strict=is_on(said, STRICT),
        hash_names=is_on(said, HASH_NAMES),
        unmet=tuple(dict.fromkeys(unmet_conditions(said))),
    )


def _wire(found: asyncssh.SSHClientConnectionOptions) -> dict[str, Any]:
    """The library's own keep-alive stays off: ours measures, too. Its first cipher costs twice as much as GCM."""
    fields: dict[str, Any] = {
        "keepalive_interval": 0,
        "gss_kex": False,
        "agent_forwarding": False,
        "x11_forwarding": False,
    }
    return fields if found.config.get("Ciphers") else fields | {"encryption_algs": "^aes128-gcm@openssh.com"}


def _login(jump: Jump, found: asyncssh.SSHClientConnectionOptions) -> dict[str, Any]:
    """Keys by file name, so that each one's passphrase is asked when the server wants that key, and not before."""
    only = bool(found.config.get("IdentitiesOnly"))
    named = [jump.key_file] if jump.key_file else cast(list[str] | None, found.config.get("IdentityFile"))
    keys = [key for key in (_key(private.expanded(place), only=only) for place in named or _KEYS) if key]
    if jump.key_file and not keys:
        raise ConfigError(f"{jump.name}: there is no key file {jump.key_file}", f"Look at [jump.{jump.name}] key_file")
    fields: dict[str, Any] = {"client_keys": keys, "ignore_encrypted": False}
    if found.config.get("IdentityAgent") in ("SSH_AUTH_SOCK", "$SSH_AUTH_SOCK"):
        fields["agent_path"] = os.environ.get("SSH_AUTH_SOCK", "")
    return fields


def _key(path: Path, *, only: bool) -> str | None:
    """A key file that is there; its public half where that is enough to pick one of the agent's keys."""
    if path.is_file():
        return str(path)
    public = path.with_name(f"{path.name}.pub")
    return str(public) if only and public.is_file() else None


def _known_hosts(jump: Jump, found: asyncssh.SSHClientConnectionOptions, own: Path) -> tuple[Path, ...]:
    of_user = cast(list[str] | None, found.config.get("UserKnownHostsFile"))
    of_all = cast(list[str] | None, found.config.get("GlobalKnownHostsFile"))
    places = [jump.known_hosts] if jump.known_hosts else _USER_KNOWN if of_user is None else of_user
    tokens = {"%": "%", "d": str(private.expanded("~")), "h": found.host, "n": jump.host, "p": str(found.port)}
    tokens["r"] = found.username

    def expanded(place: str) -> Path:
        known = re.sub(r"%(.)", lambda match: tokens.get(match[1], match[0]), os.path.expandvars(place))
        return private.expanded(known)

    kept = [path for path in map(expanded, places) if path != Path(os.devnull)]
    return (*(kept or [own]), *map(Path, _GLOBAL_KNOWN if of_all is None else of_all))
