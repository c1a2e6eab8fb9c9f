"""One question of a survey, and what the phone answered to it, byte for byte."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

HEADERS = frozenset(
    {
        "accept-ranges", "allow", "cache-control", "connection", "content-encoding", "content-language",
        "content-length",
        "content-type", "etag", "expires", "keep-alive", "last-modified", "location", "pragma", "retry-after",
        "sec-websocket-extensions", "sec-websocket-protocol", "sec-websocket-version", "server", "set-cookie",
        "strict-transport-security", "transfer-encoding", "upgrade", "vary", "via", "www-authenticate",
        "x-content-type-options", "x-frame-options", "x-powered-by",
    }
)  # fmt: skip
"""Of answers, in lower case: what says something about the web server. Everything else is dropped unread."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; `topic` is the bundle's word for why."""

    topic: str
    method: str
    target: str
    """Path and query, as they go into the request line."""
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Beside those of every request; never credentials."""
    cap: int = 4 * 2**20
    """Bytes of the answer after decompression."""
    timeout_s: float | None = None
    """None: what the phone is allowed for everything."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its answer, or with how it failed."""

    question: Question
    status: int | None = None
    """None where no answer came."""
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Those of HEADERS, names in lower case, in their order."""
    body: bytes = b""
    truncated: bool = False
    """The answer was larger than its cap; what came until then is kept."""
    seconds: float = 0.0
    """From the first byte out to the last byte in, an earlier connection reused."""
    failure: str = ""

    def header(self, name: str) -> str:
        """The first of that name; empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        """The body as UTF-8, what isn't replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_binary(self) -> bool:
        return self.header("content-type").startswith(("image/", "audio/", "video/")) or b"\0" in self.body[:1024]


@dataclass(frozen=True, slots=True)
class Certificate:
    """Of a phone's certificate only what several phones may share, and its names: no serial number, no fingerprint."""

    subject: tuple[tuple[str, str], ...]
    """Attributes in their order, such as `("CN", "…")`."""
    issuer: tuple[tuple[str, str], ...]
    not_before: datetime
    """Aware UTC, as is the next."""
    not_after: datetime
    key: str
    """`EllipticCurve 256`, `RSA 2048`."""
    signature: str
    """The hash's name, such as `sha256`."""
    names: int
    """How many alternative names it has."""


@dataclass(frozen=True, slots=True)
class Tls:
    version: str
    """`TLSv1.3`"""
    cipher: str
    certificate: Certificate | None
    """None where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything that one phone answered."""

    at: datetime
    """When it began, aware UTC."""
    scheme: str
    host: str
    """As the operator wrote it."""
    username: str
    password: str = field(repr=False)
    tls: Tls | None
    exchanges: tuple[Exchange, ...]
    timing_s: tuple[float, ...]
    """Of small reads one after another."""

    def first(self, topic: str) -> Exchange | None:
        return next((each for each in self.exchanges if each.question.topic == topic), None)


def kept(headers: Mapping[str, str] | list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers that matter, names in lower case."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((name.lower(), value) for name, value in pairs if name.lower() in HEADERS)
