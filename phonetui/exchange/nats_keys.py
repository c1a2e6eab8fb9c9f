"""The nkeys of collectors and operators: read from files, and made.

An nkey is an Ed25519 key pair whose halves are written in base32 with a prefix byte for their kind (nats.io, nkeys).
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import nkeys

from phonetui.errors import AccessError, ConfigError

_JWT = "-----BEGIN NATS USER JWT-----"
_HINT = "'phonetui nats init' makes one"


class KeyPair(NamedTuple):
    """An nkey: its public part, and the seed, which stays out of every repr."""

    public: str
    seed: str

    def __repr__(self) -> str:
        return f"KeyPair({self.public})"


def new_user() -> KeyPair:
    """The key pair of a user of the server."""
    seed: str = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode()
    return KeyPair(nkeys.from_seed(seed.encode()).public_key.decode(), seed)


@dataclass(frozen=True)
class Credentials:
    """The content of a `[nats] creds` file."""

    public: str
    """The user's nkey."""
    seed: str = field(repr=False)
    is_jwt: bool
    """Whether a JWT is with it, which the library reads itself."""

    def sign(self, data: bytes) -> bytes:
        signature: bytes = nkeys.from_seed(self.seed.encode()).sign(data)
        return signature


def read_credentials(file: str | None) -> Credentials | None:
    """Reads the file; None without one. Raises ConfigError where it is unusable or others can read it."""
    if file is None:
        return None
    place = Path(file)
    try:
        if place.stat().st_mode & 0o077:
            raise ConfigError(f"{place}: others can read these credentials", f"chmod 600 {place}")
        text = place.read_text()
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{place}: these credentials cannot be read", "See [nats] creds") from error
    seed = next((line.strip() for line in text.splitlines() if line.strip().startswith("SU")), None)
    if seed is None:
        raise ConfigError(f"{place}: there is no nkey's seed of a user in it", _HINT)
    try:
        public = nkeys.from_seed(seed.encode()).public_key.decode()
    except Exception as error:
        raise ConfigError(f"{place}: the nkey's seed cannot be read", _HINT) from error
    return Credentials(public, seed, _JWT in text)


def signature(credentials: Credentials | None, data: bytes) -> bytes:
    """The signature of `data`. Raises AccessError where there is no key to sign with."""
    if credentials is None:
        raise AccessError("commands are signed, and there is no key to sign with", "See [nats] creds")
    return credentials.sign(data)
