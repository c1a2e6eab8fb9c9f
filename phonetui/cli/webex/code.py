"""An activation code as the command line tells it: large, then plain, and until when it holds."""

from collections.abc import Mapping
from typing import Any

from phonetui.webex.answer import text
from phonetui.webex.devices import drawn, groups


def large(answer: Mapping[str, Any]) -> list[str]:
    """In groups of four where it has no dashes of its own."""
    code = text(answer.get("code"))
    until = text(answer.get("expiryTime"))
    large = drawn(code if "-" in code else " ".join(groups(code)))
    return [*large, "", f"activation code: {code}", *([f"expires: {until}"] if until else [])]
