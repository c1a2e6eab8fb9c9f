"""Which host keys are known, in the files that OpenSSH keeps them in."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from phonetui import private
from phonetui.errors import AccessError

HINT = "See whether the host was set up anew; then 'ssh-keygen -R' takes the old key out of {file}"


def known(files: Sequence[Path]) -> asyncssh.SSHKnownHosts:
    """All keys of the files that are there. Raises AccessError."""
    found = asyncssh.SSHKnownHosts()
    for file in files:
        try:
            found.load(file.read_text("utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
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
    """Adds a line to `file`, which is made for its owner alone where it isn't there. Raises AccessError.

    `hashed` is for users whose file shall not tell where they go: `HashKnownHosts` of ssh_config(5).
    """
    place = host if port == asyncssh.DEFAULT_PORT else f"[{host}]:{port}"
    place = _hashed(place) if hashed else place
    line = f"{place} {key.export_public_key('openssh').decode().strip()}\n"
    try:
        private.make_directory(file.parent)
        with open(file, "a+b", opener=private.opener) as kept:
            if kept.seek(0, os.SEEK_END):
                kept.seek(-1, os.SEEK_END)
                line = line if kept.read(1) == b"\n" else f"\n{line}"
            kept.write(line.encode())
    except OSError as error:
        words = f"the host key cannot be kept: {file}: {error.strerror}"
        raise AccessError(words, "Add it by hand, or set known_hosts", reason="host-key") from error


def _hashed(place: str) -> str:
    """`|1|salt|hash`, both in base64: HMAC-SHA1 of the name under a random salt (sshd(8), SSH_KNOWN_HOSTS FORMAT)."""
    salt = secrets.token_bytes(hashlib.sha1(usedforsecurity=False).digest_size)
    digest = hmac.digest(salt, place.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
