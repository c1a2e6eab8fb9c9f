"""curl against simulated phones: the two requests that xAPI over HTTP is made of."""

import asyncio
import ssl
from pathlib import Path as File
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from phonetui.simulator.server import ServedOffice

from .conftest import PASSWORD, output

DIAL = b"<Command><Call><Dial><Number>5002</Number></Dial></Call></Command>"
STATUS_CODE = ("-w", "\n%{http_code}", "-sS")


async def trusted(office: ServedOffice, folder: File) -> list[str]:
    """Options with which curl checks the phone's certificate, its address included."""
    parts = urlsplit(office.phones[0].url)
    pem = await asyncio.to_thread(ssl.get_server_certificate, (str(parts.hostname), int(parts.port or 0)))
    file = folder / "phone.pem"
    file.write_text(pem)
    return ["--cacert", str(file)]


async def test_getxml(curl: str, office: ServedOffice, tmp_path: File) -> None:
    url = office.phones[0].url + "/getxml?location=/Status/SystemUnit/ProductId"
    code, text = await output(curl, *STATUS_CODE, *await trusted(office, tmp_path), "-u", f"xapi:{PASSWORD}", url)
    document, status = text.rsplit("\n", 1)
    assert (code, status) == (0, "200")
    assert ET.fromstring(document).findtext("SystemUnit/ProductId") == "DP-9841"


async def test_putxml(curl: str, office: ServedOffice, tmp_path: File) -> None:
    options = [*STATUS_CODE, *await trusted(office, tmp_path), "-u", f"xapi:{PASSWORD}"]
    options += ["-H", "Content-Type: text/xml", "--data-binary", "@-"]
    code, text = await output(curl, *options, office.phones[0].url + "/putxml", stdin=DIAL)
    result = ET.fromstring(text.rsplit("\n", 1)[0]).find("CallDialResult")
    assert code == 0
    assert result is not None
    assert result.attrib == {"status": "OK"}
    assert [result.findtext(name) for name in ("CallId", "LineId")] == ["0", "1"]


async def test_a_wrong_password(curl: str, office: ServedOffice) -> None:
    _, text = await output(curl, *STATUS_CODE, "-k", "-u", "xapi:wrong", office.phones[0].url + "/status.xml")
    assert text.rsplit("\n", 1)[1] == "401"


async def test_without_encryption(curl: str, office: ServedOffice) -> None:
    url = office.phones[0].plain_url + "/getxml?location=/Status/Standby"
    _, text = await output(curl, *STATUS_CODE, "-u", f"xapi:{PASSWORD}", url)
    assert "<Level>None</Level>" in text
