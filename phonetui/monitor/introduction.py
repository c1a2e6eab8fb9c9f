"""What is known of a phone before it has answered: the operator's words for it, and the way to it."""

from phonetui.config.settings import PhoneSettings, Tls
from phonetui.phone.state import Connection, Phone
from phonetui.text import Printable, printable

WAY = Printable("Webex")
"""Where a jump host's name would stand."""


def introduction(settings: PhoneSettings) -> Phone:
    return Phone(
        id=settings.id,
        name=printable(settings.id),
        address=printable(settings.authority) if settings.host else WAY,
        group=settings.group,
        tags=settings.tags,
        via=_via(settings),
        is_behind_webex=settings.is_behind_webex,
        expected_model=printable(settings.model) if settings.model else None,
        connection=Connection(unverified=_is_unverified(settings)),
    )


def _via(settings: PhoneSettings) -> Printable | None:
    if settings.is_behind_webex:
        return WAY
    return printable(settings.jump) if settings.jump else None


def _is_unverified(settings: PhoneSettings) -> bool:
    return settings.tls is Tls.OFF and settings.scheme in ("https", "wss") and not settings.is_behind_webex
