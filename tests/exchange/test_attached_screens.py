"""The dashboard while it is attached: what it can't do is said in words, and nothing is claimed that nobody knows."""

import re
from pathlib import Path

import pytest

from phonetui.config.settings import Config
from phonetui.exchange import attached_phones
from phonetui.ui.app import PhonetuiApp
from tests.exchange.office import exchanging
from tests.live import until
from tests.ui.idle import patient_pilot
from tests.ui.screen import painted


@pytest.mark.slow
@pytest.mark.live
async def test_what_an_attached_dashboard_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with exchanging(tmp_path, 1) as exchange:
        server, fleet = exchange.server, exchange.fleet
        app = PhonetuiApp(fleet, Config())

        def prose() -> str:
            return " ".join(re.sub("[│▌─╯╰╮╭]", " ", "\n".join(painted(app))).split())

        with patient_pilot():
            async with app.run_test(size=(120, 36), notifications=True) as pilot:
                await until(lambda: "sim-1" in prose(), 10)
                for key, words in (
                    ("d", "attached without an operator's key"),
                    ("w", "Webex is asked where they run"),
                    ("C", "certificates are the collector's affair"),
                    ("x", "whoever watches the phone checks it"),
                    ("s", "dots 1:1"),  # a picture, which needs no key
                ):
                    await pilot.press(key)
                    await until(lambda words=words: words in prose(), 10, f"{key}: {prose()}")  # type: ignore[misc]
                    if key != "d":
                        await pilot.press("escape")
                server.kill()
                await until(lambda: "CUT OFF since" in prose(), 3)
                assert "unknown" not in prose()
                monkeypatch.setattr(attached_phones, "SILENT_S", 4.0)  # from here on, however long it took to be seen
                await until(lambda: "1 unknown" in prose(), 8)
                assert "not answering" not in prose()
                assert "nobody knows how the phone is now" in prose()
                server.start()
                await until(lambda: "CUT OFF" not in prose() and "unknown" not in prose(), 10)
            await app.settle()
