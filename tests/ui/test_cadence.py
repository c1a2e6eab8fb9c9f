"""What keeps keys quick: the toolkit's cadence, and a garbage collector that has little to look at."""

import asyncio
import gc
import os
import subprocess
import sys

import pytest

from phonetui.config.settings import Config
from phonetui.monitor import fleet, process_memory
from phonetui.transport.trust import PinStore
from tests.deadlines import EVENTUALLY_S


def test_the_toolkit_paints_as_soon_as_it_can_unless_the_operator_says_otherwise() -> None:
    code = "import phonetui.ui.app, textual.constants; print(textual.constants.MAX_FPS)"
    bare = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    for environment, paints in ((bare, "240"), ({**bare, "TEXTUAL_FPS": "30"}, "30")):
        said = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=EVENTUALLY_S,
        )
        assert said.stdout.strip() == paints


async def test_what_lives_long_leaves_the_collectors_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_memory, "SETTLED_S", 0.0)
    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    running = asyncio.create_task(fleet.LiveFleet(Config(), pins=PinStore(None)).run())
    try:
        async with asyncio.timeout(EVENTUALLY_S):
            while gc.get_freeze_count() <= before:  # noqa: ASYNC110 - there is nothing to wait on
                await asyncio.sleep(0.02)
            assert gc.get_threshold() != thresholds, "the oldest objects are looked through when it suits"
    finally:
        running.cancel()
        await asyncio.wait([running])
        gc.unfreeze()
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, thresholds)
