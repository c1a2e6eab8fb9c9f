"""An activation code: whoever types it into a phone gets the line, so it is a credential."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from phonetui.errors import ProtocolError
from phonetui.text import Printable
from phonetui.webex.answer import instant, text


@dataclass(frozen=True, slots=True)
class ActivationCode:
    code: Printable = field(repr=False)
    """Sixteen digits, as a rule."""
    expires_at: datetime | None
    """Aware UTC; None where Webex doesn't say."""


def activation_code(raw: Any) -> ActivationCode:
    """Raises ProtocolError where there is none in the answer."""
    code = text(raw.get("code")) if isinstance(raw, Mapping) else ""
    if not code:
        raise ProtocolError("Webex's answer has no activation code in it")
    return ActivationCode(Printable(code), instant(raw.get("expiryTime")))
