"""What Webex says or is sent, with stars for what nobody else should read: for screens, logs and files."""

from collections.abc import Mapping
from typing import Any

from phonetui.xapi.secrecy import STARS, is_secret


def is_secret_key(key: str) -> bool:
    """Whether a dotted key, such as `Sip.Line[1].Password`, names a secret."""
    return is_secret(key.rpartition(".")[2])


def disclosed(value: Any) -> Any:
    """JSON as it came, but the values of secret names, and of JSON Patch steps that set one."""
    match value:
        case {"path": str(path), "value": inside} if is_secret_key(path.partition("/")[0]):
            return {**value, "value": veiled(inside)}
        case Mapping():
            return {name: veiled(inside) if is_secret(name) else disclosed(inside) for name, inside in value.items()}
        case list() | tuple():
            return [disclosed(inside) for inside in value]
        case _:
            return value


def veiled(secret: Any) -> Any:
    """Stars; that there is none, and whether something is on or off, is no secret."""
    return secret if secret is None or secret == "" or isinstance(secret, bool) else STARS
