"""The requests of a survey: reads only, except for two commands that the operator must ask for.

The questions are the first real phone's unknowns: which documents there are, what errors look like, how lists are
written, whether there are sessions and WebSocket. None of them changes anything on a phone.

One question of a survey, and what the phone answered to it, byte for byte.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from phonetui.probe.vocabulary import table
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.command import Command, putxml_body
from phonetui.xapi.path import Path

HEADERS = frozenset(table()["headers"])
"""Of answers, in lower case: what says something about the web server. Everything else is dropped unread."""


class Question(Struct, frozen=True):
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
    command: Command | None = None
    """What `body` asks the phone to do; None where it is only read."""


class SurveyExchange(Struct, frozen=True):
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


class CertificateSummary(Struct, frozen=True):
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


class TlsSummary(Struct, frozen=True):
    version: str
    """`TLSv1.3`"""
    cipher: str
    certificate: CertificateSummary | None
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
    tls: TlsSummary | None
    exchanges: tuple[SurveyExchange, ...]
    timing_s: tuple[float, ...]
    """Of small reads one after another."""

    def first(self, topic: str) -> SurveyExchange | None:
        return next((each for each in self.exchanges if each.question.topic == topic), None)


def kept_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Those that matter, names in lower case."""
    return tuple((name.lower(), value) for name, value in headers if name.lower() in HEADERS)


NOWHERE = "NoSuchPlace"
"""A name that no phone has. The bundle keeps it, so that a replica can put another in its place."""
SAMPLES = 10
"""Small reads in a row for the timing."""

IDENTITY = Question("identity", "GET", "/getxml?location=/Status/SystemUnit")
"""Always first: who doesn't answer this isn't surveyed."""
SMALL = Question("timing", "GET", "/getxml?location=/Status/SystemUnit/ProductId")

DOCUMENTS = tuple(
    Question("document", "GET", target)
    for target in ("/status.xml", "/configuration.xml", "/command.xml", "/valuespace.xml")
)


def reads(found: Iterable[str] = ()) -> Iterator[Question]:
    """Parts of the status tree: the whole of it, each published top and each one of `found`, and forms of location."""
    yield _read("part", "/Status")
    published = (entry.path.names[0] for entry in phoneos().entries if entry.kind is CatalogKind.STATUS)
    for name in dict.fromkeys((*published, *found)):
        yield _read("part", f"/Status/{name}")
    yield _read("part", "/Status/Network/Statistics")
    for location in (
        "/Status/SystemUnit/ProductId",
        "Status/SystemUnit/ProductId",
        "/status/systemunit/productid",
        "/Status/ExtStatus/RegistrationState",
        "/Status/ExtStatus[@item='1']",
        "/Status/ExtStatus[1]",
        "/Status/ExtStatus/1",
        "/Status/*/Software",
        "/Status//ProductId",
        "/Status/Line/Call",
    ):
        yield _read("form", location)


def errors() -> Iterator[Question]:
    """What isn't there, in every way."""
    yield _read("nowhere", f"/Status/{NOWHERE}")
    yield _read("nowhere-deep", f"/Status/SystemUnit/{NOWHERE}/{NOWHERE}")
    yield _read("nowhere-item", "/Status/ExtStatus[@item='987654']")
    yield _read("nowhere-document", f"/{NOWHERE}/SystemUnit")
    yield _read("unparsable", f"/Status/{NOWHERE}[[")
    yield _read("empty", "")
    yield Question("without-location", "GET", "/getxml")
    yield Question("no-page", "GET", f"/{NOWHERE}.xml")


WEBSOCKET = Question(
    "websocket",
    "GET",
    "/ws",
    headers=(
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "cGhvbmV0dWkgc3VydmV5Lg=="),  # sixteen bytes that nobody's security hangs on
    ),
)
SESSION_BEGIN = Question("session-begin", "POST", "/xmlapi/session/begin", b"")
SESSION_READ = Question("session-read", "GET", "/getxml?location=/Status/SystemUnit/ProductId")
SESSION_END = Question("session-end", "POST", "/xmlapi/session/end", b"")


def key(parameter: str) -> Question:
    """A key that no phone has, to read which ones there are in the complaint; expected to press nothing."""
    return _command("key", Command(Path.of("Ui", "SendKey"), ((parameter, NOWHERE),)))


def screenshot() -> Question:
    command = Command(Path.of("Ui", "GetDeviceScreenshot"))
    return replace(_command("screenshot", command), cap=32 * 2**20, timeout_s=30.0)


def _read(topic: str, location: str) -> Question:
    return Question(topic, "GET", f"/getxml?location={quote(location)}")


def _command(topic: str, command: Command) -> Question:
    headers = (("Content-Type", "text/xml; charset=utf-8"),)
    return Question(topic, "POST", "/putxml", putxml_body(command), headers, command=command)
