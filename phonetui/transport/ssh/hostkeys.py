"""Which host keys are known, in the files that OpenSSH keeps them in."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

import asyncssh

from phonetui import private
from phonetui.errors import AccessError
from phonetui.storage.notices import reason

HINT = "See whether the host was set up anew; then 'ssh-keygen -R' takes the old key out of {file}"


class UnkeptKey(Exception):
    """A host key that was accepted can be written nowhere; `line` is what would stand in known_hosts."""

    def __init__(self, words: str, line: str) -> None:
        super().__init__(words)
        self.line = line


def known(files: Sequence[Path], unkept: Iterable[str] = ()) -> asyncssh.SSHKnownHosts:
    """All keys of the files that can be read, and the `unkept` lines of this run. Raises AccessError for an odd line.

    As with OpenSSH, a host whose key stands in a file that cannot be read is one that is asked about.
    """
    found = asyncssh.SSHKnownHosts("".join(unkept))
    for file in files:
        try:
            found.load(private.read_named(file).decode())
        except OSError:
            continue
        except ValueError as error:
            raise AccessError(f"{file} cannot be read: {error}", "Correct that line", reason="host-key") from error
    return found


def keys_of(hosts: asyncssh.SSHKnownHosts, host: str, port: int) -> list[asyncssh.SSHKey]:
    """The plain keys kept for a host; certificates and revoked keys are the library's affair."""
    return list(hosts.match(host, "", None if port == asyncssh.DEFAULT_PORT else port)[0])


def fingerprint(key: asyncssh.SSHKey) -> str:
    """As OpenSSH writes it: `SHA256:` and 43 characters of base64."""
    return key.get_fingerprint("sha256")


def kind(key: asyncssh.SSHKey) -> str:
    """As people name it: `ED25519`, `RSA`, `ECDSA`."""
    name = key.get_algorithm().removeprefix("sk-").removeprefix("ssh-").removeprefix("ecdsa-")
    return "ECDSA" if name.startswith("sha2") else name.partition("@")[0].upper()


def changed(name: str, kept: Sequence[asyncssh.SSHKey], shown: asyncssh.SSHKey, file: Path) -> AccessError:
    old = ", ".join(fingerprint(key) for key in kept)
    words = f"the host key of {name} changed: accepted {old}, now {fingerprint(shown)}"
    return AccessError(words, HINT.format(file=file), reason="host-key")


def accept(file: Path, host: str, port: int, key: asyncssh.SSHKey, *, hashed: bool = False) -> None:
    """Adds a line to `file`, which is made for its owner alone where it isn't there. Raises UnkeptKey.

    `hashed` is for users whose file shall not tell where they go: `HashKnownHosts` of ssh_config(5).
    """
    place = host if port == asyncssh.DEFAULT_PORT else f"[{host}]:{port}"
    place = _hashed(place) if hashed else place
    line = f"{place} {key.export_public_key('openssh').decode().strip()}\n"
    try:
        private.make_directory(file.parent)
        with open(file, "a+b", opener=private.opener) as kept:
            is_broken_off = kept.seek(0, os.SEEK_END) and kept.seek(-1, os.SEEK_END) >= 0 and kept.read(1) != b"\n"
            kept.write(f"\n{line}".encode() if is_broken_off else line.encode())
    except OSError as error:
        raise UnkeptKey(f"the accepted host key cannot be kept in {file}: {reason(error)}", line) from error


def _hashed(place: str) -> str:
    """`|1|salt|hash`, both in base64: HMAC-SHA1 of the name under a random salt (sshd(8), SSH_KNOWN_HOSTS FORMAT)."""
    salt = secrets.token_bytes(hashlib.sha1(usedforsecurity=False).digest_size)
    digest = hmac.digest(salt, place.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
