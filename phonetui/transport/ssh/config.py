"""A jump host's settings as a value, and what ssh_config(5) and known_hosts say of it.

asyncssh reads most keywords of the configuration by itself. Those that it leaves out are read here, and the operator is
told of each that cannot be honoured.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol, Self, cast

import asyncssh
from msgspec import Struct

from phonetui import numeric, private
from phonetui.errors import AccessError, ConfigError
from phonetui.storage.writer import reason

_SYSTEM = Path("/etc/ssh/ssh_config")
_USER_KNOWN = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_GLOBAL_KNOWN = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_KEYS = ("~/.ssh/id_ed25519_sk", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_SPELLED = re.compile(r"(?:(?P<user>[^@]+)@)?(?P<host>\[[^\]]+\]|[^:]+)(?::(?P<port>\d+))?")

STRICT = "stricthostkeychecking"
HASH_NAMES = "hashknownhosts"

_UNSUPPORTED: Mapping[str, tuple[frozenset[str], str]] = {
    "bindinterface": (frozenset(), "write BindAddress"),
    "knownhostscommand": (frozenset({"none"}), "put the keys into a known_hosts file"),
    "revokedhostkeys": (frozenset({"none"}), "mark them @revoked in known_hosts"),
    "securitykeyprovider": (frozenset({"internal"}), "load the key into ssh-agent"),
    STRICT: (frozenset({"ask", "yes", "true"}), "host keys are always checked, and a new one is asked"),
    "verifyhostkeydns": (frozenset({"no", "false"}), "a new key is asked, and kept in known_hosts"),
}
"""Keyword → values that need no action, and what to do about any other. Keywords that aren't here are obeyed by the
library, or mean nothing to a tunnel: forwardings, terminals, multiplexing."""

ConfigLine = tuple[Path, str, str]
"""File, keyword, value."""


class Jump(Struct, frozen=True, kw_only=True):
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

    @classmethod
    def spelled(cls, name: str) -> Self:
        """A `Host` alias, or `user@host:port` as `ProxyJump` takes it."""
        match = _SPELLED.fullmatch(name)
        if match is None:
            return cls(name=name, host=name)
        port = numeric.integer(match["port"]) if match["port"] else None
        return cls(name=name, host=match["host"].strip("[]"), user=match["user"], port=port)


class TunnelStatus(StrEnum):
    """The state of the SSH connection to a jump host, in the contract's words."""

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
    unsupported: tuple[str, ...] = ()
    """What cannot be honoured, in words."""


def files() -> tuple[Path, ...]:
    """The client's configuration files that are there, the user's first."""
    return tuple(file for file in (private.expand_user("~/.ssh/config"), _SYSTEM) if os.access(file, os.R_OK))


def route(jump: Jump, paths: Sequence[Path], own_known_hosts: Path) -> JumpRoute:
    """Reads the files, and may run what `Match exec` says: not for the event loop. Raises ConfigError.

    `own_known_hosts` stands in where the user's configuration keeps no host keys.
    """
    named: dict[str, Any] = {"host": jump.host, "config": [str(path) for path in paths]}
    named |= {"port": jump.port} if jump.port is not None else {}
    named |= {"username": jump.user} if jump.user is not None else {}
    try:
        found = asyncssh.SSHClientConnectionOptions(**named, client_keys=None, known_hosts=None, gss_auth=False)
        lines = list(_lines(jump.host, paths))
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
        strict=_is_on(lines, STRICT),
        hash_names=_is_on(lines, HASH_NAMES),
        unsupported=tuple(dict.fromkeys(_unsupported(lines))),
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
    keys = [key for key in (_key(private.expand_user(place), only=only) for place in named or _KEYS) if key]
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
    tokens = {"%": "%", "d": str(private.expand_user("~")), "h": found.host, "n": jump.host, "p": str(found.port),
              "r": found.username}  # fmt: skip

    def expanded(place: str) -> Path:
        known = re.sub(r"%(.)", lambda match: tokens.get(match[1], match[0]), os.path.expandvars(place))
        return private.expand_user(known)

    kept = [path for path in map(expanded, places) if path != Path(os.devnull)]
    return (*(kept or [own]), *map(Path, _GLOBAL_KNOWN if of_all is None else of_all))


def _unsupported(lines: Sequence[ConfigLine]) -> Iterator[str]:
    """What cannot be honoured, in words."""
    for path, keyword, value in lines:
        harmless, instead = _UNSUPPORTED.get(keyword.casefold(), (frozenset({value.casefold()}), ""))
        if value.casefold() not in harmless:
            yield f"{keyword} {value} in {path} is not honoured: {instead}"


def _lines(host: str, paths: Sequence[Path]) -> Iterator[ConfigLine]:
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
                    yield from _lines(host, [file for word in value.split() for file in _included(word)])
                case _ if applies and value and not keyword.startswith("#"):
                    yield path, keyword, value


def _included(word: str) -> Iterator[Path]:
    pattern = private.expand_user(word)
    start = Path(pattern.anchor) if pattern.anchor else private.expand_user("~/.ssh")
    found = start.glob(str(pattern.relative_to(pattern.anchor)) if pattern.anchor else str(pattern))
    yield from (file for file in found if file.is_file())


def _matches(host: str, patterns: Sequence[str]) -> bool:
    if any(fnmatchcase(host, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
        return False
    return any(fnmatchcase(host, pattern) for pattern in patterns)


def _is_on(lines: Sequence[ConfigLine], keyword: str) -> bool:
    """Whether the first line with `keyword` (in lower case) says yes: OpenSSH takes the first value that it finds."""
    first = next((value for _, word, value in lines if word.casefold() == keyword), "no")
    return first.casefold() in ("yes", "true")


def known_hosts(files: Sequence[Path], unsaved: Iterable[str] = ()) -> asyncssh.SSHKnownHosts:
    """All keys of the files that can be read, and the `unsaved` lines of this run.

    Raises AccessError for a line that cannot be read. As with OpenSSH, a host whose key stands in a file that cannot be
    read is one that is asked about.
    """
    found = asyncssh.SSHKnownHosts("".join(unsaved))
    for file in files:
        try:
            found.load(private.read_named(file).decode())
        except OSError:
            continue
        except ValueError as error:
            raise AccessError(f"{file} cannot be read: {error}", "Correct that line", reason="host-key") from error
    return found


def host_keys(hosts: asyncssh.SSHKnownHosts, host: str, port: int) -> list[asyncssh.SSHKey]:
    """The plain keys kept for a host; certificates and revoked keys are the library's affair."""
    return list(hosts.match(host, "", None if port == asyncssh.DEFAULT_PORT else port)[0])


def key_type(key: asyncssh.SSHKey) -> str:
    """The kind of a key as people name it: `ED25519`, `RSA`, `ECDSA`."""
    name = key.get_algorithm().removeprefix("sk-").removeprefix("ssh-").removeprefix("ecdsa-")
    return "ECDSA" if name.startswith("sha2") else name.partition("@")[0].upper()


def host_key_changed(name: str, known: Sequence[asyncssh.SSHKey], shown: asyncssh.SSHKey, file: Path) -> AccessError:
    """Both keys by their fingerprints, as OpenSSH writes them: `SHA256:` and 43 characters of base64."""
    old = ", ".join(key.get_fingerprint() for key in known)
    words = f"the host key of {name} changed: accepted {old}, now {shown.get_fingerprint()}"
    hint = f"See whether the host was set up anew; then 'ssh-keygen -R' takes the old key out of {file}"
    return AccessError(words, hint, reason="host-key")


def save_host_key(file: Path, host: str, port: int, key: asyncssh.SSHKey, *, hashed: bool = False) -> dict[str, str]:
    """Adds a line to `file`, which is made for its owner alone where it isn't there.

    Returns the line and the reason where it cannot be written, else nothing. `hashed` is for users whose file shall not
    tell where they go: `HashKnownHosts` of ssh_config(5).
    """
    place = host if port == asyncssh.DEFAULT_PORT else f"[{host}]:{port}"
    line = f"{_hashed(place) if hashed else place} {key.export_public_key('openssh').decode().strip()}\n"
    try:
        private.make_directory(file.parent)
        with open(file, "a+b", opener=private.opener) as kept:
            is_broken_off = kept.seek(0, os.SEEK_END) and kept.seek(-1, os.SEEK_END) >= 0 and kept.read(1) != b"\n"
            kept.write(f"\n{line}".encode() if is_broken_off else line.encode())
    except OSError as error:
        return {line: f"the accepted host key cannot be kept in {file}: {reason(error)}. It holds this session only"}
    return {}


def _hashed(place: str) -> str:
    """`|1|salt|hash`, both in base64: HMAC-SHA1 of the name under a random salt (sshd(8), SSH_KNOWN_HOSTS FORMAT)."""
    salt = secrets.token_bytes(hashlib.sha1(usedforsecurity=False).digest_size)
    digest = hmac.digest(salt, place.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
