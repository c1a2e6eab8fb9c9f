"""A request as a handler sees it, its reply, and a refusal."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.webex.fake.site import Fake

TR, TW = "spark-admin:telephony_config_read", "spark-admin:telephony_config_write"
DR, DW = "spark-admin:devices_read", "spark-admin:devices_write"


@dataclass(frozen=True)
class Ask:
    places: dict[str, str]
    query: list[tuple[str, str]]
    body: Any
    authorization: str
    fake: "Fake"

    def one(self, name: str) -> str | None:
        return next((value for known, value in self.query if known == name), None)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.query if known == name]

    def need(self, *names: str) -> None:
        """Refuses a body without these keys."""
        for name in names:
            if not isinstance(self.body, dict) or name not in self.body:
                raise Problem(400, f"{name} is required")


@dataclass(frozen=True)
class Reply:
    value: Any = None
    status: int = 200
    pages: str = ""
    """The key of the list that is given out in pages."""


DONE = Reply(status=204)


@dataclass
class Problem(Exception):
    status: int
    words: str
    headers: dict[str, str] = field(default_factory=dict)
    in_calling_form: bool = False

    def body(self, tracking: str) -> bytes:
        if self.in_calling_form:
            error: Any = [{"key": str(self.status), "message": [{"description": self.words, "code": "4008"}]}]
            return json.dumps({"error": error, "trackingId": tracking}).encode()
        told = {"message": self.words, "errors": [{"description": self.words}], "trackingId": tracking}
        return json.dumps(told).encode()


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    scopes: tuple[str, ...]
    handler: Callable[[Ask], Reply]
    is_open: bool = False
    """Whether it asks for no bearer token."""

    @property
    def pattern(self) -> str:
        return re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
