"""The screen of jobs: what it shows, how often it asks, what it says where Webex doesn't answer."""

from typing import Any

import pytest

from phonetui.config.settings import Config
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.webex.jobs import RESTING_S, RUNNING_S, JobScreen, JobsScreen
from phonetui.webex.jobs import Family
from tests.live import until
from tests.ui.golden import compare, golden
from tests.ui.office import CONFIG
from tests.ui.screen import SMALL, WIDE, Desk, opened
from tests.webex.desk import shows, swept
from tests.webex.fake.jobs import FAMILIES, Job
from tests.webex.fake.site import READER, Fake, Trouble
from tests.webex.fake.world import LOCATION

TEMPLATE, REBUILD, CHANGE, DYNAMIC = FAMILIES
JOBS = "/telephony/config/jobs/devices"


@pytest.fixture(autouse=True)
def jobs(fake: Fake) -> None:
    fake.jobs.all = [
        Job(REBUILD, "job-1", 1, {"locationId": LOCATION}, percent=100),
        Job(CHANGE, "job-2", 2, {}, percent=100, failing=True),
        Job(TEMPLATE, "job-3", 3, {}, percent=50),
    ]


async def arrived(desk: Desk, words: str = "by you") -> JobsScreen:
    await desk.press("W")
    await shows(desk, words)
    screen = desk.app.screen
    assert isinstance(screen, JobsScreen)
    return screen


async def moved(desk: Desk, seconds: float) -> None:
    """The time passes, and the screen's own timer goes off."""
    desk.clock.move(seconds)
    assert isinstance(desk.app.screen, JobsScreen | JobScreen)
    desk.app.screen._refresh_if_changed()
    await desk.pilot.pause()


def asked(fake: Fake) -> list[str]:
    return [seen.path.removeprefix(f"{JOBS}/") for seen in fake.seen if seen.path.startswith(JOBS)]


def odd() -> list[Any]:
    """What a listing may hold besides jobs."""
    return [
        None,
        "junk",
        {"id": "job-9", "latestExecutionStatus": "PONDERING\x1b[31m", "percentageComplete": None, "new": 1},
    ]


SCREENS: dict[str, tuple[tuple[int, int], Config]] = {
    "jobs": (WIDE, CONFIG), "jobs-60x16": ((60, 16), CONFIG),
}  # fmt: skip


@pytest.mark.parametrize("name", SCREENS)
async def test_golden(fake: Fake, name: str) -> None:
    size, config = SCREENS[name]
    async with swept(fake, size, config=config) as desk:
        screen = await arrived(desk)
        await until(lambda: screen.jobs.is_known and screen.jobs.names, what="it is known who started them")
        await moved(desk, 0.1)
        compare(name, golden(desk, screen))


async def test_golden_of_one(fake: Fake) -> None:
    async with swept(fake) as desk:
        await arrived(desk)
        await desk.press("down", "down", "enter")
        await shows(desk, "Errors: 2")
        await desk.press("end")
        screen = desk.app.screen
        assert isinstance(screen, JobScreen)
        await shows(desk, "Phone 2 is offline (at HQ)")
        compare("job", golden(desk, screen))


async def test_a_job_is_followed_to_its_end_and_only_the_running_family_is_asked(fake: Fake) -> None:
    async with swept(fake) as desk:
        screen = await arrived(desk)
        await until(lambda: screen.jobs.is_known, what="all are known")
        assert sorted(asked(fake)) == sorted(FAMILIES)
        fake.seen.clear()
        await moved(desk, RUNNING_S - 0.1)
        assert asked(fake) == []
        fake.jobs.all[2].failing = True
        fake.jobs.step(50)
        await moved(desk, 0.2)
        await until(lambda: not screen.jobs.running, what="it has ended")
        assert asked(fake) == [TEMPLATE]
        await moved(desk, 0.1)
        assert "template –               ━━━━━━━━ 100 %" in desk.text()
        assert desk.text().count("▲ with errors") == 3  # two rows, and the chosen one below
        fake.seen.clear()
        await moved(desk, RUNNING_S)
        assert asked(fake) == []
        await moved(desk, RESTING_S)
        await until(lambda: len(asked(fake)) == 4, what="all are asked for again")


async def test_what_cannot_be_seen_asks_nothing(fake: Fake) -> None:
    async with swept(fake) as desk:
        screen = await arrived(desk)
        await until(lambda: screen.jobs.is_known, what="all are known")
        fake.seen.clear()
        await desk.press("enter")
        await shows(desk, "Errors: 1")
        await moved(desk, RESTING_S)
        screen._refresh_if_changed()
        await until(lambda: asked(fake).count(f"{TEMPLATE}/job-3") == 2, what="it is followed")
        assert not set(asked(fake)) & set(FAMILIES)
        await desk.press("escape", "escape")
        assert isinstance(desk.app.screen, MainScreen)


async def test_a_pause_is_told_and_kept(fake: Fake) -> None:
    async with swept(fake) as desk:
        screen = await arrived(desk)
        await until(lambda: screen.jobs.is_known, what="all are known")
        fake.trouble.append(Trouble(429, JOBS, {"Retry-After": "12"}))
        await moved(desk, RUNNING_S)
        await shows(desk, "≈ Webex asks to wait")
        assert "◐ running" in desk.text()
        fake.seen.clear()
        await desk.press("r")
        await moved(desk, 11.0)
        assert asked(fake) == []


async def test_what_is_no_job_is_one_marked_row(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Job.told
    monkeypatch.setattr(Job, "told", lambda job: odd()[job.number - 4] if job.number > 3 else told(job))
    fake.jobs.all += [Job(REBUILD, f"job-{number}", number, {}, percent=100) for number in (4, 5, 6)]
    async with swept(fake) as desk:
        await arrived(desk)
        await shows(desk, "? unreadable rebuild job: junk")
        assert "? PONDERING�[" in desk.text()
        assert "● done         rebuild  Headquarters" in desk.text()
        await desk.press("end", "enter")
        assert isinstance(desk.app.screen, JobsScreen)


async def test_a_family_that_fails_takes_the_others_not_away(fake: Fake) -> None:
    fake.trouble.append(Trouble(503, f"{JOBS}/{REBUILD}", {"trackingid": "ROUTER_7"}, times=9))
    async with swept(fake, SMALL) as desk:
        screen = await arrived(desk)
        await shows(desk, "rebuilds list: Webex answers with HTTP 503")
        assert [each.family for each in screen.jobs.listed] == [Family.TEMPLATE, Family.CHANGE]
        await desk.press("y")
        assert desk.app.clipboard == "ROUTER_7"


async def test_an_empty_list_says_so(fake: Fake) -> None:
    fake.jobs.all = []
    async with swept(fake) as desk:
        await arrived(desk, "Webex lists no job.")
        assert desk.lines()[-1].split() == ["n", "start", "r", "ask", "again", "esc", "back", "0", "jobs"]
        await desk.press("enter", "y")
        assert isinstance(desk.app.screen, JobsScreen)


async def test_the_tracking_id_of_an_error_is_copied(fake: Fake) -> None:
    async with swept(fake) as desk:
        await arrived(desk)
        await desk.press("down", "enter")
        await shows(desk, "Errors: 2")
        await desk.press("y")
        assert desk.app.clipboard == "FAKE_JOB_1"
        await desk.press("end", "y")
        assert desk.app.clipboard == "FAKE_ITEM_2"


async def test_a_template_jobs_error_may_be_one_bare_object(fake: Fake) -> None:
    async with swept(fake) as desk:
        await arrived(desk)
        await desk.press("enter")
        await shows(desk, "Errors: 1")
        assert "FAKE_ITEM_1" in desk.text()


async def test_a_token_that_may_only_read_sees_the_jobs(fake: Fake) -> None:
    async with swept(fake, token=READER) as desk:
        await arrived(desk, "3 jobs, 1 running")


async def test_without_webex_the_key_says_what_to_configure() -> None:
    async with opened() as desk:
        await desk.press("W")
        assert isinstance(desk.app.screen, MainScreen)
        await shows(desk, "phonetui webex login")


async def test_the_privacy_mask_hides_the_jobs(fake: Fake) -> None:
    async with swept(fake) as desk:
        screen = await arrived(desk)
        await desk.press("P")
        screen.refresh_view()
        await desk.pilot.pause()
        assert "The privacy mask hides Webex" in desk.text()
        assert "Headquarters" not in desk.text()
        await desk.press("n", "escape", "W")
        assert isinstance(desk.app.screen, MainScreen)


async def test_nothing_is_painted_again_while_nothing_changed(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    async with swept(fake) as desk:
        screen = await arrived(desk)
        await until(lambda: screen.jobs.is_known and not screen.jobs.poller.is_asking, what="all are known")
        screen.refresh_view()
        painted: list[object] = []
        for view in screen.query("RowsView"):
            monkeypatch.setattr(view, "refresh", lambda *regions, **_: painted.append(regions))
        screen.refresh_view()
        assert painted == []
