"""The page in a real browser: nothing is wider than the window, nothing is fetched, nothing of strangers runs."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from phonetui.report.html_page import html_page
from tests.deadlines import EVENTUALLY_S
from tests.report.reports import HOSTILE, hostile, report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS = (1280, 970, 390)
PAPER = 690
"""A4 between its margins, in pixels of CSS."""
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")


class Tab:
    """A tab of a browser, by its debugging protocol."""

    def __init__(self, wire: ClientConnection, session: str = "") -> None:
        self._wire = wire
        self._session = {"sessionId": session} if session else {}
        self._number = 0
        self.events: list[str] = []

    async def send(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._wire.send(json.dumps({"id": self._number, "method": method, "params": parameters, **self._session}))
        while True:
            heard = json.loads(await self._wire.recv())
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                return heard["result"]
            self.events.append(json.dumps(heard))

    async def value(self, script: str) -> Any:
        return (await self.send("Runtime.evaluate", expression=script, returnByValue=True))["result"].get("value")


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Tab]:
    assert BROWSER is not None
    process = await asyncio.create_subprocess_exec(
        BROWSER, *OPTIONS, f"--user-data-dir={folder / 'profile'}", stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(6 * EVENTUALLY_S):
            while b"ws://" not in (line := await process.stderr.readline()):
                assert line, "the browser ended"
        address = "ws://" + line.decode().rpartition("ws://")[2].strip()
        async with connect(address, max_size=None, proxy=None) as wire:
            whole = Tab(wire)
            target = (await whole.send("Target.createTarget", url="about:blank"))["targetId"]
            session = (await whole.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
            yield Tab(wire, session)
    finally:
        process.kill()
        await process.wait()


async def _look_at_paper(tab: Tab) -> None:
    size = {"height": 1000, "deviceScaleFactor": 1, "mobile": False}
    await tab.send("Emulation.setDeviceMetricsOverride", width=PAPER, **size)
    await tab.send("Emulation.setEmulatedMedia", media="print")
    assert await tab.value("document.documentElement.scrollWidth") <= PAPER
    assert await tab.value("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    await tab.send("Emulation.setEmulatedMedia", media="")


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here: the page is not looked at in a browser")
async def test_it_fits_two_widths_and_fetches_nothing(tmp_path: Path) -> None:
    async with browser(tmp_path) as tab:
        await tab.send("Page.enable")
        await tab.send("Network.enable")
        await tab.send("Log.enable")
        for name, made in (("day", report()), ("hostile", hostile())):
            page = tmp_path / f"{name}.html"
            page.write_text(html_page(made, UTC), encoding="utf-8")
            for width in WIDTHS:
                await tab.send(
                    "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
                )
                await tab.send("Page.navigate", url=page.as_uri())
                async with asyncio.timeout(6 * EVENTUALLY_S):
                    while await tab.value("document.readyState + location.pathname") != f"complete{page}":  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                assert await tab.value("document.documentElement.scrollWidth") <= width, (name, width)
                assert await tab.value("document.querySelectorAll('rect').length") > 5
                shown = await tab.value("document.body.textContent")
                assert (HOSTILE in shown) is (name == "hostile")
                assert await tab.value("document.scripts.length") == 0
                cut = await tab.value(
                    "[...document.querySelectorAll('svg text')].filter(t => t.getBoundingClientRect().left < 0"
                    " || t.getBoundingClientRect().right > innerWidth).map(t => t.textContent)"
                )
                assert cut == []
                if width == WIDTHS[0]:
                    await _look_at_paper(tab)
                for theme in ("light", "dark"):
                    media = [{"name": "prefers-color-scheme", "value": theme}]
                    await tab.send("Emulation.setEmulatedMedia", features=media)
                    ground = await tab.value("getComputedStyle(document.body).backgroundColor")
                    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 30)"}[theme]
        asked = [event for event in tab.events if "Network.requestWillBeSent" in event]
        assert len(asked) == 2 * len(WIDTHS)
        assert [event for event in tab.events if "Log.entryAdded" in event] == []
        printed = await tab.send("Page.printToPDF")
        assert len(printed["data"]) > 10_000
