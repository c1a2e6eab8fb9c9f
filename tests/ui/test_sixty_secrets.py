"""Sixty secrets of every kind, where a phone, its calls and the journal have them: under the mask they are on no screen, in
no picture of one and in no file that a screen writes; without it the same search finds them. No log has any of them.
"""

import html
import logging
import os
from itertools import cycle
from pathlib import Path as File

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from phonetui.xapi.path import Path
from tests.faults.test_surveys import ALL, PLANTED, shows
from tests.live import live, served, until
from tests.recording.test_redaction import place
from tests.ui.office import NOW, FakeFleet, office, talk
from tests.ui.remembered import past
from tests.ui.screen import Desk, opened

LOBBY = PhoneId("lobby")
LARGE = (220, 130)
"""Cells, for all sixty at once."""

pytestmark = pytest.mark.slow


def planted() -> FakeFleet:
    fleet = office()
    lobby = fleet.phones[LOBBY]
    parties = list(zip(cycle(PLANTED["name"]), (*PLANTED["number"], *PLANTED["extension"])))
    calls = tuple(
        talk(id=place_, remote_name=printable(name), remote_number=printable(number))
        for place_, (name, number) in enumerate(parties)
    )
    fleet.put(replace(lobby, lines=(replace(lobby.lines[0], calls=calls),)))
    over = past()[-1]
    fleet.records = tuple(replace(over, call=call, began_at=over.began_at) for call in calls)
    fleet.tell(LOBBY, {place(item, kind): secret for item, (kind, secret) in enumerate(ALL, 1)}, 1.0)
    for _, secret in ALL:
        fleet.say(JournalEntry(NOW, LOBBY, printable(f"no answer of {secret} at 12:00")))
    return fleet


FINGERPRINT = "0123456789abcdef" * 4
"""Of the made-up office: it has the digits of a number and of an address."""


def found(text: str) -> list[tuple[str, str]]:
    text = text.replace(FINGERPRINT, "")
    return [(kind, secret) for kind, secret in ALL if shows(kind, secret, text)]


async def seen(desk: Desk) -> str:
    """What each screen shows, as text and as a picture, and what it writes to files."""
    parts = []
    for key in ("escape", "x", "c", "a", "e", "f", "g"):
        await desk.press(key)
        if key == "e":
            await desk.press("o")
        picture = html.unescape(desk.app.export_screenshot()).replace("\xa0", " ")
        parts += [desk.text(), " ".join(part.partition("<")[0] for part in picture.split(">"))]
        for number in ("1", "2", "3") if key in ("c", "e", "f") else ():
            await desk.press("E", number)
            await desk.app.workers.wait_for_complete()
        await desk.press("escape")
    assert not desk.app.screen.query(Input)
    return "\n".join(parts)


@pytest.mark.parametrize("is_masked", [True, False])
async def test_screens_pictures_and_files(is_masked: bool, tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(planted(), LARGE) as desk:
        if is_masked:
            await desk.press("P")
            await desk.refresh_view()
        text = await seen(desk)
    files = [File(folder, name) for folder, _, names in os.walk(tmp_path) for name in names]
    assert len(files) >= 4
    assert "no answer of" in text
    leaks = found(text), found("\n".join(file.read_text("utf-8") for file in files))
    assert all(leaks) is not is_masked, leaks
    assert any(leaks) is not is_masked, leaks


async def test_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with served(1) as phones:
        for item, (kind, secret) in enumerate(ALL, 1):
            phones.phones[0].overwrite(Path.parse(place(item, kind)), secret)
        async with live(phones) as watched:
            await until(lambda: watched.state("sim-1") == "live", 10)
            await until(
                lambda: any(ALL[0][1] in str(value) for value in watched.fleet.document(PhoneId("sim-1")).values())
            )
    assert found("\n".join(record.getMessage() for record in caplog.records)) == []
