"""What Webex says or is sent, with stars for what nobody else should read: for screens, logs and files."""

from collections.abc import Iterator, Mapping
from typing import Any

from phonetui.text import Printable, printable
from phonetui.xapi.command import STARS, is_secret


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


def without(words: str, sent: Any) -> Printable:
    """What Webex said to `sent`, with stars where that repeats a secret of it."""
    for secret in _secrets(sent):
        words = words.replace(secret, STARS)
    return printable(words)


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case {"path": str(path), "value": str(inside)} if inside and is_secret_key(path.partition("/")[0]):
            yield inside
        case Mapping():
            for name, inside in value.items():
                if isinstance(inside, str) and inside and is_secret(name):
                    yield inside
                else:
                    yield from _secrets(inside)
        case list() | tuple():
            for inside in value:
                yield from _secrets(inside)


def veiled(secret: Any) -> Any:
    """Stars; that there is none, and whether something is on or off, is no secret."""
    return secret if secret is None or secret == "" or isinstance(secret, bool) else STARS
