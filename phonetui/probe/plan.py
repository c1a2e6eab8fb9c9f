"""What a survey asks: reads alone, but for two commands that the operator must have asked for.

The questions are the first real phone's unknowns: which documents there are, what errors look like, how lists are
written, whether there are sessions and WebSocket. None of them changes anything on a phone.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from phonetui.probe.exchange import Question
from phonetui.xapi.catalog import Kind, phoneos

NOWHERE = "NoSuchPlace"
"""A name that no phone has. The bundle keeps it, so that a replica can put another in its place."""
SAMPLES = 10
"""Small reads in a row for the timing."""
SCREENSHOT_CAP = 32 * 2**20
SCREENSHOT_S = 30.0

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
    published = (entry.path.names[0] for entry in phoneos().entries if entry.kind is Kind.STATUS)
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
    return _command("key", ("Ui", "SendKey"), parameter, NOWHERE)


def screenshot() -> Question:
    asked = _command("screenshot", ("Ui", "GetDeviceScreenshot"))
    return Question(asked.topic, asked.method, asked.target, asked.body, asked.headers, SCREENSHOT_CAP, SCREENSHOT_S)


def _read(topic: str, location: str) -> Question:
    return Question(topic, "GET", f"/getxml?location={quote(location)}")


def _command(topic: str, path: tuple[str, ...], parameter: str = "", value: str = "") -> Question:
    top = node = Element("Command")
    for name in path:
        node = SubElement(node, name)
    if parameter:
        SubElement(node, parameter).text = value
    written: bytes = tostring(top, "utf-8")
    return Question(topic, "POST", "/putxml", written, (("Content-Type", "text/xml; charset=utf-8"),))
