"""`phonetui trust PHONE [--yes]`: a phone's certificate beside the accepted one."""

import argparse
import sys
from typing import TYPE_CHECKING

from phonetui.cli.options import add_target

if TYPE_CHECKING:
    from phonetui.config.settings import Config, PhoneSettings
    from phonetui.transport.trust import Certificate


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("--yes", action="store_true", help="accept what the phone shows")


def run(options: argparse.Namespace) -> int:
    import asyncio

    from phonetui.cli.connection import target
    from phonetui.cli.failure import about
    from phonetui.config import places
    from phonetui.transport.trust import PinStore, describe, pin_key

    config, phone = target(options)
    with about(phone.id):
        _refuse_unfit(phone)
        der = asyncio.run(_shown(config, phone))
        shown = describe(der)
        pins = PinStore(places.pins())
        key = pin_key(phone.host, phone.effective_port, phone.jump)
        accepted = phone.fingerprint or pins.get(key)
        print("\n".join(lines(phone, shown, accepted)))
        if accepted == shown.fingerprint:
            return 0
        _decide(phone, is_change=accepted is not None, yes=options.yes)
        pins.put(key, shown.fingerprint)
        pins.save()
    print("accepted")
    return 0


async def _shown(config: "Config", phone: "PhoneSettings") -> bytes:
    from phonetui.cli.connection import tunnel_to
    from phonetui.transport.trust import certificate

    async with tunnel_to(config, phone) as jumps:
        tunnel = jumps.tunnel(phone.jump) if phone.jump is not None else None
        return await certificate(phone.host, phone.effective_port, phone.timeout_s, tunnel)


def lines(phone: "PhoneSettings", shown: "Certificate", accepted: str | None) -> list[str]:
    same = {None: "none yet", shown.fingerprint: f"{accepted} (the same)"}
    return [
        f"phone        {phone.id} at {phone.host} port {phone.effective_port}",
        f"subject      {shown.subject}",
        f"issuer       {shown.issuer}",
        f"expires      {shown.not_after:%Y-%m-%d %H:%M} UTC",
        f"fingerprint  {shown.fingerprint}",
        f"accepted     {same.get(accepted, f'{accepted} (ANOTHER ONE)')}",
    ]


def _decide(phone: "PhoneSettings", *, is_change: bool, yes: bool) -> None:
    """Returns where the certificate is accepted. Raises AccessError where it isn't."""
    from phonetui.errors import AccessError

    what = "the certificate is another one than was accepted" if is_change else "the certificate is not accepted"
    if phone.fingerprint:
        hint = "Change fingerprint in the configuration if you know why"
        raise AccessError("the certificate is another one than the configuration names", hint, reason="certificate")
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise AccessError(what, "Add --yes if you know why", reason="certificate")
    print("Accept it? [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise AccessError(what, reason="certificate")


def _refuse_unfit(phone: "PhoneSettings") -> None:
    from phonetui.errors import ConfigError

    if phone.is_behind_webex:
        raise ConfigError("it is asked through Webex: no certificate of its own is seen", "There is nothing to accept")
    if phone.scheme not in ("https", "wss"):
        raise ConfigError(f"there is no certificate behind {phone.scheme}://", "Only https and wss have one")
