"""`phonetui keys PHONE KEY [KEY …]`: Ui SendKey, one after another."""

import argparse
from typing import TYPE_CHECKING

from phonetui.cli.options import add_target

if TYPE_CHECKING:
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.phone.state import PhoneId

PAUSE_S = 0.15
"""Between keys: phones drop what comes faster."""


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("keys", metavar="KEY", nargs="+", help="0-9 * # VolUp NavSelect Soft1 Line2 …, in any case")


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.connection import ask

    keys = tuple(canonical(word) for word in options.keys)
    ask(options, lambda fleet, phone: press_all(fleet, phone, keys))
    return 0


def canonical(word: str) -> str:
    """The key's canonical name. Raises ConfigError, naming near ones."""
    from phonetui.errors import ConfigError
    from phonetui.phone.models import canonical_key

    if key := canonical_key(word):
        return key
    if len(word) > 1 and set(word) <= set("0123456789*#"):
        raise ConfigError(f"'{word}' is several keys", f"Write them apart: {' '.join(word)}")
    raise ConfigError(f"there is no key '{word}'", _near(word))


async def press_all(fleet: "LiveFleet", phone: "PhoneId", keys: tuple[str, ...]) -> None:
    """Stops at the first that fails, and says how far it came."""
    import asyncio

    from phonetui.errors import CommandRefused, PhonetuiError

    for sent, key in enumerate(keys):
        if sent:
            await asyncio.sleep(PAUSE_S)
        try:
            await fleet.press(phone, key, confirmed=True)
        except CommandRefused as error:
            message = f"{error.message}; {sent} of {len(keys)} keys were sent"
            raise CommandRefused(message, error.hint, block=error.block) from error
        except PhonetuiError as error:
            if sent:
                error.message = type(error.message)(f"{error.message}; {sent} of {len(keys)} keys were sent")
            raise


def _near(word: str) -> str:
    import difflib

    from phonetui.phone.models import GENERIC

    numbered = [
        f"{kind}{number}" for kind, last in (("Soft", 4), ("Line", 9), ("Feature", 9)) for number in range(1, last + 1)
    ]
    folded = {key.casefold(): key for key in (*GENERIC.keys, *numbered)}
    near = difflib.get_close_matches(word.casefold(), folded, n=3, cutoff=0.5)
    return f"Near: {', '.join(folded[key] for key in near)}" if near else "Keys: " + ", ".join(GENERIC.keys[10:])
