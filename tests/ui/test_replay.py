"""The screen in time: keys that run, stop and move what is shown, on a replay and on a frozen display that records."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path as File

import pytest

from phonetui.errors import AccessError
from phonetui.phone.state import PhoneId
from phonetui.recording.frame import FrameHeader, FrameType, scan
from phonetui.recording.reader import Recording
from phonetui.recording.replay import ReplayFleet
from phonetui.recording.values import moment_of
from phonetui.ui.app import PhonetuiApp
from tests.recording.test_files import INCIDENT
from tests.ui.office import CONFIG, NOW, HandClock, office
from tests.ui.screen import SMALL, WIDE, Desk, opened, piloted

REBOOTED, DEAF, BURSTS = "Workshop", "Support 2", "Boardroom"


@asynccontextmanager
async def replayed(size: tuple[int, int] = WIDE, path: File = INCIDENT) -> AsyncIterator[tuple[Desk, ReplayFleet]]:
    fleet, clock = ReplayFleet(Recording(path)), HandClock()
    app = PhonetuiApp(fleet, CONFIG, clock=clock.clock, pace_s=0.0, pause_s=0.0)
    async with piloted(app, size) as pilot:
        yield Desk(app, pilot, office(), clock), fleet


@pytest.mark.parametrize("size", [WIDE, pytest.param(SMALL, marks=pytest.mark.slow)])
async def test_the_three_faults_are_found_one_after_another(size: tuple[int, int]) -> None:
    async with replayed(size) as (desk, fleet):
        found = []
        for _ in range(12):
            await desk.press("n")
            (banner,) = [line for line in desk.lines() if "REPLAY" in line]
            assert f"REPLAY {fleet.position.astimezone():%H:%M:%S}" in banner
            found.append(desk.app.view_state.selected)
        assert {PhoneId(BURSTS), PhoneId(DEAF), PhoneId(REBOOTED)} <= set(found)
        assert "no problem after" in desk.prose()
        await desk.press("N")
        assert desk.app.view_state.selected == PhoneId(REBOOTED) or "problem" in desk.prose()


async def test_space_runs_and_stops_and_digits_set_the_speed() -> None:
    async with replayed() as (desk, fleet):
        before = fleet.position
        await desk.press("1", "space")
        assert (fleet.speed, fleet.is_running) == (1, True)
        await desk.until(lambda: fleet.position - before > timedelta(seconds=0.5), "time goes on")
        await desk.press("space")
        stopped = fleet.position
        assert not fleet.is_running
        await desk.press("4")
        assert fleet.speed == 8
        assert "×8 ■" in desk.text()
        await desk.pilot.pause(0.3)
        assert fleet.position == stopped


async def test_changes_calls_and_moments_are_stepped_to() -> None:
    async with replayed() as (desk, fleet):
        await desk.press("right_curly_bracket")
        first_call = fleet.position
        await desk.press("right_curly_bracket", "left_curly_bracket")
        assert fleet.position == first_call
        await desk.press("full_stop")
        assert fleet.position > first_call
        changed = fleet.position
        await desk.press("full_stop", "comma")
        assert fleet.position == changed
        await desk.press("colon")
        await desk.press(*"+30s", "enter")
        assert fleet.position == changed + timedelta(seconds=30)
        await desk.press("colon")
        await desk.press(*"25:99", "enter")
        assert "no time of day" in desk.prose() or "no moment" in desk.prose()


async def test_commands_are_refused_in_words() -> None:
    async with replayed() as (desk, fleet):
        fleet.seek(fleet.span[1])
        await desk.press("f", "escape")  # somebody is at work: the cursor stays where it is
        desk.app.view_state.selected = PhoneId(BURSTS)
        await desk.press("d")
        said = [str(notice.message) for notice in desk.app._notifications]
        assert any("part of a recording" in words for words in said), said
        with pytest.raises(AccessError, match="recording"):
            await fleet.dial(PhoneId(BURSTS), "5001")
        assert "dial" not in desk.lines()[-1]
        assert "space run" in desk.lines()[-1]


@pytest.mark.slow
async def test_other_screens_have_the_strip_and_its_keys() -> None:
    async with replayed() as (desk, fleet):
        fleet.seek(fleet.span[0] + timedelta(seconds=60))
        for key in ("f", "a", "e", "c", "x"):
            await desk.press(key)
            assert any("REPLAY" in line for line in desk.lines()), key
            before = fleet.position
            await desk.press("n")
            assert fleet.position != before or "problem" in desk.prose()
            fleet.seek(before)
            await desk.press("escape")


async def test_a_click_on_the_strip_leads_to_that_moment() -> None:
    async with replayed() as (desk, fleet):
        row = next(number for number, line in enumerate(desk.lines()) if "REPLAY" in line)
        await desk.pilot.click(offset=(100, row))
        await desk.pilot.pause()
        first, last = fleet.span
        assert 0.6 < (fleet.position - first) / (last - first) < 0.98


async def test_the_strip_is_the_fleets_or_that_of_the_phone_under_the_cursor() -> None:
    async with replayed() as (desk, fleet):
        fleet.seek(fleet.span[0] + timedelta(seconds=60))
        await desk.press("f", "escape", "S")  # somebody is at work: the cursor stays where it is
        strips = set()
        for phone in (BURSTS, "Front desk"):
            desk.app.view_state.selected = PhoneId(phone)
            await desk.refresh_view()
            (strip,) = [line for line in desk.lines() if "REPLAY" in line]
            assert phone in strip
            strips.add(strip.partition(phone)[2])
            assert set(fleet.strip(40, PhoneId(phone))) != {0}
        await desk.press("S")
        (strip,) = [line for line in desk.lines() if "REPLAY" in line]
        assert "Front desk" not in strip
        assert len(strips) == 2


async def test_the_mask_lies_over_a_replay_too() -> None:
    async with replayed() as (desk, fleet):
        fleet.seek(fleet.span[0] + timedelta(seconds=40))
        await desk.refresh_view()
        names = {str(call.remote_name) for phone in fleet.phones.values() for call in phone.calls if call.remote_name}
        assert any(name in desk.text() for name in names)
        await desk.press("P")
        await desk.refresh_view()
        assert "PRIVATE" in desk.text()
        assert any("REPLAY" in line for line in desk.lines())
        parties = [line for line in desk.lines() if "Connected" in line]
        assert not any(f"{name} " in line for line in parties for name in names if name not in fleet.phones)


async def test_a_mark_is_set_and_found(tmp_path: File) -> None:
    path = tmp_path / INCIDENT.name
    path.write_bytes(INCIDENT.read_bytes())
    fleet, clock = ReplayFleet(Recording(path)), HandClock()
    app = PhonetuiApp(fleet, CONFIG, clock=clock.clock, pace_s=0.0, pause_s=0.0)
    async with piloted(app) as pilot:
        desk = Desk(app, pilot, office(), clock)
        await desk.press("n", "m")
        await desk.press(*"here", "enter")
        marked = fleet.position
        fleet.seek(fleet.span[1])
        await desk.press("apostrophe")
        assert "here" in desk.text()
        await desk.press("enter")
        assert fleet.position == marked
    assert [mark.words for mark in ReplayFleet(Recording(path)).marks] == ["here"]


AFTER_S = (Recording(INCIDENT).last - NOW).total_seconds()
"""From the beginning of a test until the incident was over."""


class RecordedHere:
    """What a dashboard records with: it has recorded the incident so far."""

    folder: File | None = INCIDENT.parent
    failure = ""

    def replay(self) -> ReplayFleet:
        return ReplayFleet(Recording(INCIDENT))


async def test_a_frozen_display_goes_back_through_its_own_recording() -> None:
    async with opened(recorder=RecordedHere()) as desk:
        assert "● REC" in desk.text()
        await desk.press("n")
        assert "REPLAY" not in desk.text(), "live, the key has its other meaning"
        desk.clock.move(AFTER_S)
        await desk.press("p", "left_curly_bracket")
        assert any("REPLAY" in line for line in desk.lines())
        assert re.search(rf"{BURSTS}|{DEAF}", desk.text())
        await desk.press("p")
        await desk.refresh_view()
        assert "REPLAY" not in desk.text()
        assert "lobby" in desk.text()


class InMemory(RecordedHere):
    """What one that records nothing has in memory."""

    folder = None


async def test_a_frozen_display_goes_back_through_what_is_in_memory() -> None:
    async with opened(recorder=InMemory()) as desk:
        assert "REC" not in desk.lines()[0]
        desk.clock.move(AFTER_S)
        await desk.press("p", "left_curly_bracket")
        (shown,) = [line for line in desk.lines() if "REPLAY" in line]
        await desk.press("1", "space")  # slow enough that a busy machine sees it run
        await desk.until(lambda: shown[:18] not in desk.text() and "▶" in desk.text(), "time is seen to go on")
        await desk.press("space")


async def test_memory_that_begins_later_than_the_frozen_moment_is_said() -> None:
    async with opened(recorder=InMemory()) as desk:
        await desk.press("p", "left_curly_bracket")
        assert "goes back to" in desk.prose()
        assert not any("REPLAY" in line for line in desk.lines())


async def test_a_frozen_display_without_a_recording_says_what_to_do() -> None:
    async with opened() as desk:
        assert "REC" not in desk.lines()[0]
        await desk.press("p", "comma")
        assert "--record DIR" in desk.prose()


async def test_a_recording_that_ended_by_itself_is_seen() -> None:
    stopped = RecordedHere()
    stopped.failure = "No space left on device"
    async with opened(recorder=stopped) as desk:
        assert "REC STOPPED" in desk.lines()[0]


async def test_a_damaged_recording_says_so_as_long_as_it_matters(tmp_path: File) -> None:
    path, data = tmp_path / INCIDENT.name, bytearray(INCIDENT.read_bytes())
    blocks = [each for each in scan(bytes(data)) if isinstance(each, FrameHeader) and each.type == FrameType.UPDATES]
    data[blocks[2].offset + 20] ^= 1
    path.write_bytes(data)
    async with replayed(path=path) as (desk, fleet):
        for moment_us, is_damaged in (
            (blocks[1].first_us, False),
            (blocks[3].last_us, True),
            (blocks[-1].last_us, False),
        ):
            fleet.seek(moment_of(moment_us))
            await desk.refresh_view()
            (banner,) = [line for line in desk.lines() if "REPLAY" in line]
            assert ("DAMAGED" in banner) is is_damaged
