"""`phonetui trust PHONE [--yes]`: a phone's certificate beside the accepted one."""

import argparse
import sys
from typing import TYPE_CHECKING

from phonetui.cli.connection import notice, target, tunnel_to
from phonetui.cli.failure import about
from phonetui.cli.options import add_target
from phonetui.cli.output import confirmed
from phonetui.config import places
from phonetui.errors import AccessError

if TYPE_CHECKING:
    from phonetui.config.settings import Config, PhoneSettings
    from phonetui.fleet.protocol import CertificateCheck
    from phonetui.transport.trust import PinStore


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    words.add_argument("--yes", action="store_true", help="accept what the phone shows")


def run(options: argparse.Namespace) -> int:
    import asyncio
    from datetime import UTC, datetime

    from phonetui.cli.audit_log import AuditFile
    from phonetui.monitor.transports import accept_certificate, acceptance_entry
    from phonetui.storage.writer import reason
    from phonetui.transport.trust import PinStore

    config, phone = target(options)
    with about(phone.id):
        pins = PinStore(places.pins())
        check = asyncio.run(_compare(config, phone, pins))
        print("\n".join(check.lines))
        if check.is_same:
            return 0
        _confirm(check, yes=options.yes)
        accept_certificate(check, phone, pins)
    try:
        AuditFile(places.audit()).write(acceptance_entry(check, phone, datetime.now(UTC)))
    except OSError as error:
        notice(f"{phone.id}: accepted, but the audit log cannot be written: {reason(error)}")
    print("accepted")
    return 0


async def _compare(config: "Config", phone: "PhoneSettings", pins: "PinStore") -> "CertificateCheck":
    from phonetui.monitor.transports import fetch_certificate

    async with tunnel_to(config, phone) as jumps:
        return await fetch_certificate(phone, pins, jumps.tunnel(phone.jump) if phone.jump is not None else None)


def _confirm(check: "CertificateCheck", *, yes: bool) -> None:
    """Returns where the certificate is accepted. Raises AccessError where it isn't."""
    if (refusal := check.refusal) is not None:
        raise refusal
    if yes:
        return
    changed = "the certificate is another one than was accepted"
    what = changed if check.is_change else "the certificate is not accepted"
    if not sys.stdin.isatty():
        raise AccessError(what, "Add --yes if you know why", reason="certificate")
    if not confirmed("Accept it?"):
        raise AccessError(what, reason="certificate")
