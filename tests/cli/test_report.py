"""`report`: a page out of the archive or a recording, in every form, masked, and what is said where there is none."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import phonetui
from phonetui.archive.store import CallStore
from phonetui.config import places
from phonetui.phone.calls.call_record import CallRecord, shift_times
from phonetui.phone.inventory import PhoneTrait, phone_record
from phonetui.text import Printable
from tests.cli.conftest import Line
from tests.report.reports import alert, day, known, phones
from tests.ui.office import NOW, lobby

INCIDENT = Path(phonetui.__file__).parent / "recording/incident.ptrec"


def kept(by: timedelta) -> list[CallRecord]:
    """The made-up day's calls, moved; the archive has them."""
    calls = [shift_times(call, by) for call in day()]
    calls = [_ended(call, by) for call in calls]
    with closing(CallStore(places.history())) as store:
        store.write([*calls, *phones()])
    return calls


def _ended(call: CallRecord, by: timedelta) -> CallRecord:
    from msgspec.structs import replace

    return replace(call, ended_at=call.ended_at and call.ended_at + by)


@pytest.fixture
def calls() -> list[CallRecord]:
    """That were over in the last day."""
    return kept(datetime.now(UTC) - NOW - timedelta(minutes=5))


def test_figures_equal_those_of_the_archive(line: Line, calls: list[CallRecord]) -> None:
    run = line("report", "--format", "json")
    assert (run.code, run.err) == (0, "")
    told = json.loads(run.out)["calls"]
    inside = [call for call in calls if call.last_at >= datetime.now(UTC) - timedelta(days=1)]
    assert told["ends"] == len(inside)
    assert told["answered"] == sum(call.answered_at is not None for call in inside)
    assert told["talk_s"] == round(sum(call.talk_s or 0 for call in inside), 2)
    assert told["shares"]["good_s"] == round(sum(call.shares.good_s for call in inside), 2)
    assert told["bad"] == 1


def test_a_time_is_chosen_and_older_calls_are_left_out(line: Line, calls: list[CallRecord]) -> None:
    def ends(*words: str) -> int:
        found: int = json.loads(line("report", "--format", "json", *words).out)["calls"]["ends"]
        return found

    now = datetime.now(UTC)
    for since, until in ((60, 0), (300, 30), (2000, 100)):
        first, last = now - timedelta(minutes=since), now - timedelta(minutes=until)
        expected = sum(first <= call.last_at <= last for call in calls)
        assert expected
        assert ends("--since", first.isoformat(), "--until", last.isoformat()) == expected
    assert ends("--since", "-9999d") == len(calls)
    assert ends("--since", "-1h", "--until", "-59m") == 0


def test_a_page_is_named_by_the_time_and_a_file_by_its_ending(line: Line, calls: list[CallRecord], home: Path) -> None:
    run = line("report")
    (page,) = home.glob("phonetui-report-*.html")
    assert run.out == f"{page.name}\n"
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert page.stat().st_mode & 0o077 == 0
    assert line("report", "-o", "week.md").out == "week.md\n"
    assert Path("week.md").read_text("utf-8").startswith("# Phones\n")
    again = line("report", "-o", "week.md")
    assert (again.code, again.err) == (
        2,
        "phonetui: week.md: there is such a file already. Choose another name with -o.\n",
    )
    assert line("report", "--format", "md").out.startswith("# Phones\n")


@pytest.mark.parametrize("how", ["option", "configuration"])
def test_names_and_numbers_are_masked_where_that_is_wished(
    line: Line, calls: list[CallRecord], home: Path, how: str
) -> None:
    file = home / "c.toml"
    file.write_text('[ui]\nprivacy = true\ntimezone = "Europe/Oslo"\n' if how == "configuration" else "[ui]\n")
    words = ["--redact"] if how == "option" else []
    text = line("report", "--config", str(file), "--format", "json", *words).out
    assert json.loads(text)["masked"] is True
    assert [word for word in ("Desk 31", "5012", "Back Office") if word in text] == []
    assert "Desk 31" in line("report", "--format", "json").out


def test_what_is_kept_of_phones_is_in_it(line: Line) -> None:
    now = datetime.now(UTC)
    here = phone_record(lobby(), now - timedelta(hours=2), certificate_ends_at=now + timedelta(days=5))
    with closing(CallStore(places.history())) as store:
        store.write([here])
        moved = known(
            "lobby", seen_at=now, watched_at=now, switch_port=Printable("Gi1/0/48"), model=here.model, mac=None
        )
        store.write([moved, alert("lobby", "registration", (NOW - now) / timedelta(minutes=1) + 3)])  # type: ignore[arg-type]
    told = json.loads(line("report", "--format", "json").out)["phones"]
    assert [(one["trait"], one["after"]) for one in told["moves"]] == [(PhoneTrait.PLACE, "sw-2f Gi1/0/48")]
    assert told["troubled"][0]["alerts"] == {"registration": 1}
    assert json.loads(line("report", "--format", "json", "--since", "-30s").out)["phones"]["moves"] in (
        [],
        told["moves"],
    )


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_a_recording_is_told_of_as_well(line: Line, form: str) -> None:
    run = line("report", "--recording", str(INCIDENT), "--format", form, "-o", "-")
    assert (run.code, run.err) == (0, "")
    assert "Boardroom" in run.out
    if form == "json":
        told = json.loads(run.out)
        assert (told["calls"]["calls"], told["calls"]["ends"], told["calls"]["bad"]) == (3, 6, 2)
        assert {one["phone"]: one["alerts"] for one in told["phones"]["troubled"]} == {
            "Boardroom": {"loss": 1, "port-errors": 1}, "Support 2": {"loss": 1}, "Workshop": {"reboot": 1},
        }  # fmt: skip
        assert sum(one["phones"] for one in told["phones"]["firmware"]) == told["phones"]["phones"] == 6


def test_what_there_is_none_of_is_said(line: Line, home: Path) -> None:
    run = line("report")
    assert run.code == 2
    assert run.err.startswith("phonetui: no calls are kept so far: there is no ")
    assert line("report", "--recording", "nowhere").code == 2
    assert line("report", "--since", "yesterday").err.startswith("phonetui: 'yesterday' is no moment")
    assert "nothing lies between" in line("report", "--since", "-1h", "--until", "-2h").err
    assert not places.history().exists()


def test_a_file_that_is_no_archive_is_set_aside_and_said(line: Line) -> None:
    places.history().parent.mkdir(parents=True)
    places.history().write_bytes(b"this is no database" * 100)
    run = line("report")
    assert (run.code, run.out) == (2, "")
    assert f"it is now {places.history().name}.damaged" in run.err
    assert places.history().with_name(f"{places.history().name}.damaged").exists()
