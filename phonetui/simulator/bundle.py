"""Reading the file that a survey of a phone left: what was asked, and what was answered.

The format is described where it is written, in `phonetui.probe.bundle`; this reader shares no code with that writer.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any
from urllib.parse import unquote

from phonetui.errors import ConfigError

FORMAT, VERSION = "phonetui-bundle", 1
_PASSING = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "set-cookie", "transfer-encoding"}
)
"""Headers that belong to the connection or the moment, not to the answer."""
_LOCATION = "/getxml?location="


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange."""

    topic: str
    method: str
    target: str
    sent: str
    status: int | None
    """None: no answer came."""
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def location(self) -> str | None:
        """What was asked of getxml; None where it wasn't."""
        return unquote(self.target.removeprefix(_LOCATION)) if self.target.startswith(_LOCATION) else None

    @property
    def lasting(self) -> dict[str, str]:
        """The headers that a replica sends as well."""
        return {name: value for name, value in self.headers if name not in _PASSING}


@dataclass(frozen=True, slots=True)
class Bundle:
    product_id: str
    firmware: str
    websocket: bool
    exchanges: tuple[Recorded, ...]

    def first(self, topic: str) -> Recorded | None:
        """The first exchange of a topic that got an answer."""
        return next((each for each in self.exchanges if each.topic == topic and each.status), None)

    def at(self, target: str) -> Recorded | None:
        return next((each for each in self.exchanges if each.target == target and each.status), None)


def read(file: File) -> Bundle:
    """Raises ConfigError for what cannot be read, isn't a bundle, or comes from a later release."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}", "Look at --from") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file} is not JSON", "Give --from a file that 'phonetui probe' wrote") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ConfigError(f"{file} is not a survey of a phone", "Give --from a file that 'phonetui probe' wrote")
    if content.get("version") != VERSION:
        raise ConfigError(f"{file} is of version {content.get('version')}", f"This release reads version {VERSION}")
    try:
        return _bundle(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{file} is damaged: {type(error).__name__} {error}", "Make it anew") from error


def _bundle(content: Mapping[str, Any]) -> Bundle:
    phone = content["phone"]
    return Bundle(
        product_id=str(phone.get("product_id", "")),
        firmware=str(phone.get("firmware", "")),
        websocket=phone.get("websocket") is True,
        exchanges=tuple(_recorded(each) for each in content["exchanges"]),
    )


def _recorded(exchange: Mapping[str, Any]) -> Recorded:
    status, body = exchange["status"], exchange["body"]
    if not isinstance(body, str) or not isinstance(status, int | None) or isinstance(status, bool):
        raise TypeError("status or body")
    if status is not None and not 100 <= status <= 599:
        raise ValueError(f"status {status}")
    try:
        data = base64.b64decode(body) if exchange.get("encoding") == "base64" else body.encode("utf-8", "replace")
    except binascii.Error as error:
        raise ValueError("a body in base64") from error
    headers = tuple((str(name).lower(), "".join(str(value).splitlines())) for name, value in exchange["headers"])
    return Recorded(
        topic=str(exchange["topic"]),
        method=str(exchange["method"]),
        target=str(exchange["path"]),
        sent=str(exchange.get("sent") or ""),
        status=status,
        headers=headers,
        body=data,
    )
