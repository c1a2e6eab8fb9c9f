"""What the user's OpenSSH client configuration says of a jump host, and which of its words cannot be honoured."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import asyncssh

from phonetui import private
from phonetui.errors import ConfigError
from phonetui.transport.ssh import keywords
from phonetui.transport.ssh.jump import Jump

_SYSTEM = Path("/etc/ssh/ssh_config")
_USER_KNOWN = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_GLOBAL_KNOWN = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_KEYS = ("~/.ssh/id_ed25519_sk", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
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


def route(jump: Jump, paths: Sequence[Path], own_known_hosts: Path) -> Route:
    """Reads the files, and may run what `Match exec` says: not for the event loop. Raises ConfigError.

    `own_known_hosts` stands in where the user's configuration keeps no host keys.
    """
    named: dict[str, Any] = {"host": jump.host, "config": [str(path) for path in paths]}
    named |= {"port": jump.port} if jump.port is not None else {}
    named |= {"username": jump.user} if jump.user is not None else {}
    try:
        found = asyncssh.SSHClientConnectionOptions(**named, client_keys=None, known_hosts=None, gss_auth=False)
        said = list(keywords.said(jump.host, paths))
    except (ValueError, OSError) as error:
        hint = f"See 'ssh -G {jump.host}', or set host, port and user in [jump.{jump.name}]"
        raise ConfigError(f"{jump.name}: the OpenSSH configuration cannot be used: {error}", hint) from error
    steps = found.tunnel.split(",") if isinstance(found.tunnel, str) else []
    return Route(
        fields={**named, **_login(jump, found), **_wire(found), "proxy_command": None},
        host=found.host,
        port=found.port,
        user=found.username,
        known_as=found.host_key_alias or found.host,
        command=tuple(found.proxy_command or ()),
        jumps=tuple(step.strip() for step in steps),
        known_hosts=_known_hosts(jump, found, own_known_hosts),
        strict=keywords.is_on(said, keywords.STRICT),
        hash_names=keywords.is_on(said, keywords.HASH_NAMES),
        unmet=tuple(dict.fromkeys(keywords.unmet(said))),
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
