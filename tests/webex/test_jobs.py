"""Jobs, models, codes, tags and settings files as values: whatever comes, something can be drawn of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonetui.errors import ConfigError, ProtocolError
from phonetui.text import Printable
from phonetui.ui.text.rows import cell_width, text
from phonetui.ui.webex import activation as large
from phonetui.ui.webex import job_rows as card
from phonetui.webex.answer import items
from phonetui.webex.devices import ActivationCode, TagChange, activation_code, model_of, models, tag_change
from phonetui.webex.jobs import (
    Family,
    Job,
    JobStep,
    change_settings_values,
    error,
    job,
    newest_first,
    previewed_devices,
)
from phonetui.webex.operations import operation
from tests.webex.fake.jobs import FAMILIES
from tests.webex.fake.jobs import Job as Faked
from tests.webex.fake.world import LOCATION, PERSON

NOW = datetime(2026, 11, 22, 1, 5, tzinfo=UTC)
SIGHT = card.JobContext(NOW, UTC, {LOCATION: Printable("Headquarters")}, {PERSON: Printable("you")})
RUNNING = {"id": "j", "latestExecutionStatus": "STARTED", "latestExecutionExitCode": "UNKNOWN"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)
KEYS = (
    "name", "id", "trackingId", "sourceUserId", "jobExecutionStatus", "latestExecutionStatus", "latestExecutionExitCode",
    "percentageComplete", "updatedCount", "advisoryCount", "deviceCount", "target", "locationId",
)  # fmt: skip


def told(family: Family = Family.TEMPLATE, **fields: Any) -> Job:
    return job(family, {**RUNNING, **fields})


def test_a_whole_job() -> None:
    found = job(Family.REBUILD, Faked(FAMILIES[1], "job-1", 1, {"locationId": LOCATION}, percent=100).told())
    assert (found.status, found.exit_code, found.percent, found.devices) == ("COMPLETED", "COMPLETED", 100.0, 5)
    assert (found.target, found.started_by, found.elapsed_s) == ("LOCATION", PERSON, 11.393)
    assert [step.name for step in found.steps] == ["prepareJob"]
    assert not found.is_running


@settings(max_examples=60, deadline=None)
@given(raw=st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON)) | JSON, family=st.sampled_from(Family))
def test_whatever_comes_is_one_row(raw: Any, family: Family) -> None:
    found = job(family, raw)
    for width in (58, 77, 117):
        row = card.job_row(found, SIGHT, width)
        assert cell_width(row) <= width
        assert text(row).strip()
        assert all(
            cell_width(line) <= width
            for line in (*card.detail(found, SIGHT, width), *card.job_facts(found, SIGHT, width))
        )
    assert error(raw).words or isinstance(raw, dict)


@pytest.mark.parametrize("raw", [None, "job", 7, [], {}, {"id": None}, {"id": ""}, {"id": 5}])
def test_no_job_is_one_marked_row(raw: Any) -> None:
    row = card.job_row(job(Family.CHANGE, raw), SIGHT, 80)
    assert text(row).startswith("? unreadable settings job")


@pytest.mark.parametrize(
    ("status", "exit_code", "shown", "runs"),
    [
        ("STARTING", "UNKNOWN", "◐ starting", True),
        ("STARTED", "UNKNOWN", "◐ running", True),
        ("COMPLETED", "COMPLETED", "● done", False),
        ("COMPLETED", "COMPLETED_WITH_ERRORS", "▲ with errors", False),
        ("FAILED", "FAILED", "✗ FAILED", False),
        ("FAILED", None, "✗ FAILED", False),
        ("COMPLETED", "STOPPED", "⊘ stopped", False),
        ("PONDERING", "UNKNOWN", "? PONDERING", True),
        (None, None, "? –", False),
    ],
)
def test_a_status_has_a_word_and_a_glyph(status: str | None, exit_code: str | None, shown: str, runs: bool) -> None:
    found = told(latestExecutionStatus=status, latestExecutionExitCode=exit_code)
    mark = card.mark(found)
    assert (f"{mark.glyph} {mark.word}", found.is_running) == (shown, runs)


def test_without_a_percentage_the_step_is_told() -> None:
    steps = [
        {"name": "one", "statusMessage": "COMPLETED"},
        {"name": "two", "statusMessage": "STARTED"},
        {"name": "three"},
    ]
    assert card.percent(told(jobExecutionStatus=[{"stepExecutionStatuses": steps}])) == "two"
    assert card.percent(told(jobExecutionStatus=[{"stepExecutionStatuses": steps[:1]}])) == "one"
    assert card.percent(told(percentageComplete=0)) == "0 %"
    assert card.percent(told()) == "–"


def test_zero_and_nothing_differ() -> None:
    assert card.counts(told(updatedCount=0, advisoryCount=1)) == "0 updated, 1 advisory"
    assert card.counts(told(updatedCount=4, advisoryCount=2), 14) == "4 upd, 2 adv"
    assert card.counts(told()) == "–"


def test_time_goes_on_while_it_runs() -> None:
    began = {"startTime": "2026-11-22T01:00:00.000Z", "timeElapsed": "PT1H2M3.5S"}
    assert told(jobExecutionStatus=[began]).took_s(NOW) == 300.0
    ended = {**began, "endTime": "2026-11-22T01:00:30Z"}
    assert told(jobExecutionStatus=[ended]).took_s(NOW) == 30.0
    over = told(latestExecutionStatus="COMPLETED", jobExecutionStatus=[began])
    assert over.took_s(NOW) == 3723.5
    assert told(latestExecutionStatus="COMPLETED", jobExecutionStatus=[{"timeElapsed": "P1D"}]).took_s(NOW) is None


def test_what_takes_days_is_told_in_days() -> None:
    assert [card.took_text(seconds) for seconds in (None, 0, 86_400, 441_565)] == [
        "–",
        "00:00:00",
        "24:00:00",
        "5 d 2 h",
    ]


def test_what_runs_stands_first_then_the_newest() -> None:
    def at(hour: int, **fields: Any) -> Job:
        return told(id=f"{hour}", jobExecutionStatus=[{"startTime": f"2026-11-22T{hour:02}:00:00Z"}], **fields)

    over = {"latestExecutionStatus": "COMPLETED"}
    jobs = [job(Family.CHANGE, None), at(1, **over), at(3, **over), at(2), told(id="now")]
    assert [each.id for each in newest_first(jobs)] == ["2", "now", "3", "1", ""]


def test_errors_come_as_a_list_or_as_one_bare_object() -> None:
    bare = {
        "trackingId": "T",
        "error": {"key": "400", "message": [{"description": "offline", "code": "5004", "location": "HQ"}]},
    }
    listed = {"items": [{**bare, "itemNumber": 3}, "junk"]}
    answers: list[Any] = [bare, listed, {"items": []}, {}]
    found = [[error(each) for each in items(operation(Family.TEMPLATE.errors), raw)] for raw in answers]
    drawn = [[text(row) for row in card.job_errors(each, SIGHT, 100)] for each in found]
    assert drawn == [
        ["Errors: 1", "    – 5004   offline  HQ  T"],
        ["Errors: 2", "    3 5004   offline  HQ  T", "    – –      unreadable: junk"],
        ["Errors", "None."],
        ["Errors", "None."],
    ]
    assert error("junk").words == "unreadable: junk"
    assert error({"error": {"key": "500", "message": "boom"}}).words == "boom"
    assert error({"error": {"key": "500", "message": [{"locationId": "x"}]}}).code == "500"


def test_the_card_says_what_is_not_known_yet() -> None:
    assert [text(row) for row in card.job_errors(None, SIGHT, 80)] == ["Errors", "◐ asking Webex …"]
    assert [text(row) for row in card.job_errors((), SIGHT, 80)] == ["Errors", "None."]
    assert [text(row) for row in card.job_steps((), UTC, 80)] == ["Steps", "Webex tells none."]
    step = JobStep(name=Printable("n" * 40), status=Printable("STARTED"), started_at=NOW)
    assert text(card.job_steps([step], UTC, 80)[1]).startswith("◐ running      nnnn")
    assert "01:05:00 … –" in text(card.job_steps([step], UTC, 80)[1])


def test_a_previews_count() -> None:
    answers: list[Any] = [{"deviceCount": 4}, {"deviceCount": "4"}, {"deviceCount": None}, [], True]
    assert [previewed_devices(raw) for raw in answers] == [4, 4, None, None, None]


# Models, codes, tags, settings


SUPPORTED = [
    {"model": "DMS Cisco 9851", "displayName": "Cisco 9851", "supportsApplyChangesEnabled": True, "onboardingMethod": ["ACTIVATION_CODE"]},
    {"model": "DMS Cisco 8845", "displayName": "Cisco 8845", "supportsApplyChangesEnabled": False, "supportedFor": ["PLACE"]},
    {"model": "Generic A 7000"}, {"model": "Generic B 7000"}, {"model": None}, "junk",
]  # fmt: skip


@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("Cisco Desk Phone 9851", "DMS Cisco 9851"),
        ("Cisco IP Phone 8845", "DMS Cisco 8845"),
        ("Thing 7000", None),
        ("?", None),
        (None, None),
    ],
)
def test_a_products_model(product: str | None, name: str | None) -> None:
    found = model_of(product, models(SUPPORTED))
    assert (found.name if found else None) == name


def test_what_webex_says_of_models() -> None:
    first, second, *others = models(SUPPORTED)
    assert (first.applies_changes, first.takes_codes, sorted(first.owners)) == (True, True, ["PEOPLE", "PLACE"])
    assert (second.applies_changes, second.takes_codes, sorted(second.owners)) == (False, False, ["PLACE"])
    assert [each.applies_changes for each in others] == [None, None]


def test_a_code_is_read_and_never_told_by_accident() -> None:
    found = activation_code({"code": "5414011256173816", "expiryTime": "2026-11-22T01:06:00Z"})
    assert "5414" not in repr(found)
    with pytest.raises(ProtocolError):
        activation_code({"code": None})
    assert [text(row) for row in large.rows(found, NOW, hidden=False)][-1] == "5414 0112 5617 3816   holds for 1 min"
    assert [text(row) for row in large.rows(found, NOW, hidden=True)] == [
        "••••  ••••  ••••  ••••",
        "",
        "holds for 1 min",
    ]
    assert [large.is_over(found, NOW + timedelta(seconds=each)) for each in (59, 60)] == [False, True]
    strange = ActivationCode(Printable("abcd-efgh"), None)
    assert [text(row) for row in large.rows(strange, NOW, hidden=False)][-1].startswith("abcd efgh   Webex doesn't say")


def test_the_countdown_has_seconds_in_the_last_minute_alone() -> None:
    told = [large.countdown(seconds) for seconds in (90_000, 86_399, 3_600, 119.9, 60, 59.9, 0)]
    assert told == ["1 d 1 h", "23 h 59 min", "1 h 0 min", "1 min", "1 min", "59 s", "0 s"]


def test_tags_that_are_typed() -> None:
    assert tag_change(" lobby, !old ,,meeting room, !, lobby") == TagChange(("lobby", "meeting room"), ("old",))
    assert TagChange(("a", "b"), ("c",)).of(["c", "a", "d"]) == ["a", "d", "b"]
    assert tag_change(" , ") == TagChange()


GOOD = {"customizations": {"mpp": {"a": 1}}}


def test_a_settings_file_is_looked_at_before() -> None:
    assert change_settings_values(json.dumps({**GOOD, "deviceCount": 5}), None) == GOOD
    assert change_settings_values(json.dumps(GOOD), "L") == {
        **GOOD,
        "locationId": "L",
        "locationCustomizationsEnabled": True,
    }
    own = change_settings_values(json.dumps({**GOOD, "locationId": "L", "locationCustomizationsEnabled": False}), "L")
    assert own["locationCustomizationsEnabled"] is False


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("{", "no JSON"), ("[" * 100_000, "no JSON"), ("[]", "JSON object"), ("{}", "no customizations"),
        ('{"customizations": {}}', "no customizations"), ('{"customizations": {"fax": {"a": 1}}}', "knows no fax"),
        ('{"customizations": {"mpp": {}}}', "customizations.mpp"), ('{"locationId": "M"}', "another location"),
        ('{"locationCustomizationsEnabled": 1}', "true or false"),
    ],
)  # fmt: skip
def test_a_settings_file_that_is_none(raw: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        change_settings_values(raw, "L")
