"""The phones' own commands, put to one that only Webex reaches: no password, no certificate, no address."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Line, Run
from tests.webex.conftest import Behind
from tests.webex.fake.site import ADMIN, Fake
from tests.webex.fake.world import ident

KIOSK = """
[webex]
base_url = "{url}"

[[phone]]
name = "kiosk"
transport = "webex"
device = "{device}"
"""


@pytest.fixture
def kiosk(fake: Fake, line: Line, home: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """`phonetui …` with one phone, called kiosk."""
    file = home / "kiosk.toml"
    file.write_text(KIOSK.format(url=fake.base_url, device=ident("DEVICE", 1)))
    monkeypatch.setenv("PHONETUI_WEBEX_TOKEN", ADMIN)
    monkeypatch.delenv("PHONETUI_PASSWORD")

    def kiosk(*words: str) -> Run:
        return line("--config", str(file), *words)

    return kiosk


def test_status_and_command(kiosk: Line, behind: Behind) -> None:
    assert '"DP-' in kiosk("status", "kiosk", "SystemUnit ProductId").out
    whole = kiosk("status", "kiosk", "--json").json["status"]
    assert {"SystemUnit", "Network", "ExtStatus", "LEDStatus", "PhoneStatus"} <= whole.keys()
    assert kiosk("status", "kiosk", "Line").out == "** end\n"
    assert kiosk("status", "kiosk", "Not There").code == 1
    dialled = kiosk("dial", "kiosk", behind.office.phones[1].number)
    assert (dialled.code, dialled.err) == (0, "")
    assert "CallState" in kiosk("status", "kiosk", "Line").out
    assert kiosk("keys", "kiosk", "Release").code == 0
    refused = kiosk("command", "kiosk", "Ui SendKey", "Key=Nonsense")
    assert refused.code == 1
    assert "Tracking id FAKE_" in refused.err
    assert refused.err.splitlines()[-1] == "** end"


def test_screenshot_and_watch(kiosk: Line, behind: Behind, home: Path) -> None:
    assert kiosk("screenshot", "kiosk", "-o", "picture.png").code == 0
    assert (home / "picture.png").read_bytes().startswith(b"\x89PNG")
    told = [json.loads(words) for words in kiosk("watch", "--for", "1").out.splitlines()]
    assert {(each["state"], each["reason"]) for each in told if each["type"] == "phone"} == {("live", "")}
    assert "SystemUnit ProductId" in {each["path"] for each in told if each["type"] == "status"}


def test_read_only_sends_nothing(kiosk: Line, fake: Fake) -> None:
    assert kiosk("--read-only", "dial", "kiosk", "5000").code == 4
    assert not fake.writes


def test_what_is_not_there_is_said(kiosk: Line, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not the phone's certificate" not in kiosk("trust", "kiosk").out
    assert "asked through Webex" in kiosk("trust", "kiosk").err
    assert "web server" in kiosk("probe", "kiosk").err
    fake.world.devices.clear()
    gone = kiosk("status", "kiosk")
    assert (gone.code, "Webex lists no phone with this id" in gone.err) == (3, True)
    monkeypatch.delenv("PHONETUI_WEBEX_TOKEN")
    unsigned = kiosk("status", "kiosk")
    assert unsigned.code == 2
    assert "phonetui webex login" in unsigned.err
