"""One change of configurations for many phones: what each needs, staged, made once, verified, taken back."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from phonetui import private
from phonetui.errors import ConfigError
from phonetui.webex.configuration import BACK, configuration
from phonetui.webex.configuration_change import (
    DesiredConfiguration,
    desired_from_json,
    desired_from_steps,
    device_change,
    differences,
    has_arrived,
    is_done,
    key_change_from_json,
    saved_text,
    saved_values,
)
from phonetui.webex.rollout import Rollout, RolloutHeader, RolloutState, preview_lines
from phonetui.webex.rollout_file import create_plan, open_plan
from tests.webex.conftest import Words
from tests.webex.fake.site import ADMIN, READER, Fake, Trouble
from tests.webex.fake.world import LOCATION, configurations, device, ident

PATCHES = "/deviceConfigurations"


def settings(**values: Any) -> Any:
    raw: Any = configurations(live=True)
    for key, value in values.items():
        raw[key.replace("_", ".")]["value"] = value
    return configuration({"items": raw})


def desired(*steps: tuple[str, Any], exact: bool = False) -> DesiredConfiguration:
    return DesiredConfiguration(dict(steps), exact)


def patched(fake: Fake) -> list[str]:
    """The devices of the changes that were accepted, in order."""
    return [
        dict(each.query)["deviceId"]
        for each in fake.seen
        if each.method == "PATCH" and each.path == PATCHES and each.status < 300
    ]


def value(fake: Fake, number: int, key: str = "Audio.Volume") -> Any:
    return fake.world.configurations_of(ident("DEVICE", number))[key]["value"]


def test_what_a_phone_needs_of_a_change() -> None:
    change = device_change(settings(), desired(("Audio.Volume", "30"), ("Time.Zone", BACK), ("Ui.Brightness", 5)))
    volume, zone, brightness = change.keys
    assert volume.step == {"op": "replace", "path": "Audio.Volume/sources/configured/value", "value": 30}
    assert (volume.words, volume.step_back["op"]) == ("Audio.Volume  50 → 30", "remove")
    assert (zone.step["op"], zone.step_back["value"]) == ("remove", "Etc/UTC")
    assert brightness.words == "Ui.Brightness  5 → 5"
    assert [key_change_from_json(json.loads(json.dumps(each.to_json()))) for each in change.keys] == list(change.keys)


@pytest.mark.parametrize(
    ("key", "wanted", "why"),
    [
        ("No.Such", 1, "it has no No.Such"),
        ("WebEngine.Mode", "Off", "WebEngine.Mode cannot be edited: CONFIG_MANAGED_BY_RULE"),
        ("Audio.Volume", 900, "Audio.Volume: it must be 0 to 100"),
        ("Audio.Volume", "loud", "Audio.Volume: it must be a whole number"),
    ],
)
def test_what_a_phone_cannot_have(key: str, wanted: Any, why: str) -> None:
    change = device_change(settings(), desired((key, wanted)))
    assert (change.problem, change.keys) == (why, ())


def test_what_holds_needs_nothing_and_exact_takes_the_rest_away() -> None:
    assert device_change(settings(), desired(("Time.Zone", "Etc/UTC"))).keys == ()
    assert device_change(settings(), desired(("No.Such", BACK))).problem == ""
    (zone,) = device_change(settings(), desired(exact=True)).keys
    assert (zone.key, zone.after) == ("Time.Zone", BACK)


def test_done_is_not_arrived() -> None:
    raw: Any = configurations()
    (change,) = device_change(configuration({"items": raw}), desired(("Audio.Volume", 30))).keys
    raw["Audio.Volume"] |= {"value": 30, "source": "configured"}
    raw["Audio.Volume"]["sources"]["configured"]["value"] = 30
    found = configuration({"items": raw})
    assert (is_done(found, [change]), has_arrived(found, [change])) == (True, False)
    raw["Audio.Volume"]["appliedConfigurationValue"]["value"] = 30
    assert has_arrived(configuration({"items": raw}), [change])


def test_as_few_requests_as_bring_all_keys() -> None:
    wanted = desired(("Audio.Volume", 1), ("Lines.Line[1].A", 1), ("Lines.Line[2].A", 1))
    assert wanted.queries == ("Audio.Volume", "Lines.*")
    assert desired(exact=True).queries == (None,)
    assert desired_from_json(json.loads(json.dumps(wanted.to_json()))) == wanted


def test_secrets_are_in_no_plan() -> None:
    step = {"op": "replace", "path": "Sip.Password/sources/configured/value", "value": "Zq9"}
    with pytest.raises(ConfigError, match=r"Sip\.Password is a secret"):
        desired_from_steps([step])
    assert desired_from_steps([{**step, "op": "remove"}]).values == {"Sip.Password": BACK}
    for odd in ({}, {"op": "add", "path": "A/x", "value": 1}, {"op": "replace", "path": "A/x"}):
        with pytest.raises(ConfigError):
            desired_from_steps([odd])


def test_two_phones_beside_each_other() -> None:
    (found,) = differences(settings(), settings(Audio_Volume=30))
    assert (found.key, found.left, found.right) == ("Audio.Volume", "50", "30")
    assert differences(settings(), settings()) == ()


def test_a_saved_phone() -> None:
    saved = saved_text("Lobby", "9851", "now", settings(), everything=False)
    assert saved_values(saved, "f") == {"Time.Zone": "Etc/UTC"}
    assert len(saved_values(saved_text("Lobby", "9851", "now", settings(), everything=True), "f")) == 8
    for odd in ("{", "[]", "{}", '{"format": "phonetui device configuration", "values": 1}'):
        with pytest.raises(ConfigError, match="'phonetui webex configurations save'"):
            saved_values(odd, "f")


def test_a_plan_goes_on_after_a_line_that_was_cut_short(tmp_path: Path) -> None:
    place = tmp_path / "x.plan"
    header = RolloutHeader(desired(("Audio.Volume", 30)), "tag a", "now", "https://webexapis.com/v1")  # type: ignore[arg-type]
    with create_plan(place, header) as plan:
        plan.add({"device": "a", "state": "listed", "name": "A"}, {"device": "b", "state": "listed", "name": "B"})
        with pytest.raises(ConfigError, match="another program"):
            open_plan(place)
    with place.open("a") as file:
        file.write('{"device":"a","state":"sen')
    with open_plan(place) as plan:
        assert plan.rollout.counts == {RolloutState.LISTED: 2}
        plan.add({"device": "a", "state": "sending"})
    with open_plan(place) as plan:
        assert plan.rollout.devices["a"].state is RolloutState.SENDING
        assert plan.rollout.header == header
    assert place.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="already"):
        create_plan(place, header)
    place.write_text("{}\n")
    with pytest.raises(ConfigError, match="no plan of a change"):
        open_plan(place)
    with pytest.raises(ConfigError, match="cannot be read"):
        open_plan(tmp_path / "nowhere")


def test_the_preview_counts_what_is_alike() -> None:
    rollout = Rollout(RolloutHeader(desired(), "", "", ""))  # type: ignore[arg-type]
    key = {"key": "Audio.Volume", "before": 50, "after": 30}
    for number in range(50):
        rollout.apply(
            {"device": str(number), "state": "staged", "name": f"P{number}", "keys": [key], "online": number > 1}
        )
    rollout.apply({"device": "x", "state": "unfit", "name": "X", "why": "it has no Audio.Volume"})
    rollout.apply({"device": "y", "state": "nothing", "name": "Y"})
    rollout.apply({"device": 7, "state": "staged"})
    rollout.apply({"device": "z", "state": "from the future"})
    assert list(preview_lines(rollout)) == [
        "  50 phones (P0, P1, P2 and 47 more):",
        "      Audio.Volume  50 → 30",
        "  not possible: X: it has no Audio.Volume",
        "50 of 52 phones would change · 1 have it already · 1 cannot have it · 2 are offline and take it when they come back",
    ]
    assert len(list(preview_lines(rollout, whole=True))) == 52


def test_a_change_from_preview_to_rollback(webex: Words, fake: Fake, home: Path) -> None:
    for number in (1, 2, 3):
        fake.world.devices[ident("DEVICE", number)]["tags"] = ["lobby"]
    fake.world.lag = 1
    run = webex("configurations", "change", "--tag", "lobby", "--set", "Audio.Volume=30", "--plan", "v.plan")
    assert run.code == 0
    assert run.out.splitlines() == [
        "  Phone 1  Audio.Volume  50 → 30",
        "  Phone 2  Audio.Volume  50 → 30",
        "  Phone 3  Audio.Volume  50 → 30",
        "3 of 3 phones would change",
        "Nothing was changed. Go on with: phonetui webex configurations apply v.plan --yes",
    ]
    assert fake.writes == []
    run = webex("configurations", "apply", "v.plan", "--yes", "--patience", "0.01", "--rate", "60000")
    assert run.code == 1
    assert "3 of 3 not yet: Phone 1, Phone 2, Phone 3" in run.out
    assert sorted(patched(fake)) == [ident("DEVICE", number) for number in (1, 2, 3)]
    run = webex("configurations", "verify", "v.plan", "--rate", "60000")
    assert (run.code, run.out) == (0, "3 changed\n")
    fake.seen.clear()
    assert webex("configurations", "apply", "v.plan", "--yes").code == 0
    assert fake.seen == []
    run = webex("configurations", "rollback", "v.plan", "--yes", "--rate", "60000")
    assert (run.code, "3 as they were" in run.out) == (0, True)
    assert [value(fake, number) for number in (1, 2, 3)] == [50] * 3
    assert [step["op"] for each in fake.writes for step in each.body] == ["remove"] * 3


def test_one_that_fails_is_tried_again_alone(webex: Words, fake: Fake, home: Path) -> None:
    line = (
        "configurations",
        "change",
        "--everywhere",
        "--model",
        "9851",
        "--set",
        "Audio.Volume=30",
        "--plan",
        "v.plan",
        "--rate",
        "60000",
    )
    assert webex(*line).code == 0
    fake.trouble = [Trouble(400, PATCHES, body=b'{"message": "not now"}')]
    run = webex("configurations", "apply", "v.plan", "--yes", "--rate", "60000")
    assert (run.code, "HTTP 400): not now" in run.err, "1 failed" in run.out) == (1, True, True)
    assert len(patched(fake)) == 3
    run = webex("configurations", "apply", "v.plan", "--yes", "--rate", "60000", "--json")
    assert run.code == 0
    assert sorted(patched(fake)) == [ident("DEVICE", number) for number in (1, 2, 3, 5)]
    assert run.json["result"]["phones"] == {"arrived": 4} or run.json["result"]["phones"]["changed"]


def test_what_may_have_come_through_is_read_first(webex: Words, fake: Fake, home: Path) -> None:
    webex(
        "configurations",
        "change",
        "--device",
        "Phone 1",
        "--device",
        "Phone 2",
        "--set",
        "Audio.Volume=30",
        "--plan",
        "v.plan",
    )
    lines = [{"device": ident("DEVICE", number), "state": "sending"} for number in (1, 2)]
    with (home / "v.plan").open("a") as plan:
        plan.writelines(f"{json.dumps(each)}\n" for each in lines)
    one: Any = fake.world.configurations_of(ident("DEVICE", 1))["Audio.Volume"]
    one["value"] = one["sources"]["configured"]["value"] = 30
    one["source"] = "configured"
    assert webex("configurations", "apply", "v.plan", "--yes", "--rate", "60000").code == 0
    assert patched(fake) == [ident("DEVICE", 2)]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("--filter", "status:online !name:phone"), []),
        (("--filter", "model:9851 mac:0003"), [3]),
        (("--model", "8845"), [4]),
        (("--location", "headquarters", "--model", "9851"), [1, 2, 3, 5]),
        (("--device", "FVH00000002"), [2]),
        (("--tag", "none"), []),
    ],
)
def test_which_phones(webex: Words, fake: Fake, home: Path, words: tuple[str, ...], numbers: list[int]) -> None:
    run = webex(
        "configurations", "change", *words, "--set", "Audio.Volume=30", "--plan", "v.plan", "--json", "--rate", "60000"
    )
    if not numbers:
        assert (run.code, "Webex lists no phone" in run.out) == (2, True)
        return
    with open_plan(home / "v.plan") as plan:
        assert list(plan.rollout.devices) == [ident("DEVICE", number) for number in numbers]
    assert run.json["result"]["phones"] == {"staged": len(numbers)}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("change", "--set", "A=1"), "which phones?"),
        (("change", "--everywhere"), "what is to change?"),
        (("change", "--everywhere", "--set", "Sip.Password=Zq9"), "is a secret"),
        (("change", "--everywhere", "--filter", "colour:red", "--set", "A=1"), "no field is called 'colour'"),
        (("apply", "nowhere.plan"), "cannot be read"),
    ],
)
def test_what_cannot_be_begun(webex: Words, fake: Fake, home: Path, words: tuple[str, ...], said: str) -> None:
    run = webex("configurations", *words)
    assert (run.code, said in run.err) == (2, True), run.err
    assert "Zq9" not in run.err
    assert list(home.glob("*.plan")) == []


def test_read_only_previews_and_changes_nothing(webex: Words, fake: Fake, home: Path) -> None:
    line = ("configurations", "change", "--everywhere", "--set", "Audio.Volume=30", "--rate", "60000", "--read-only")
    assert webex(*line, "--plan", "a.plan").code == 0
    assert webex(*line, "--plan", "b.plan", "--yes").code == 4
    assert fake.writes == []


def test_a_token_that_may_only_read_ends_it_at_once(webex: Words, fake: Fake, home: Path) -> None:
    line = (
        "configurations",
        "change",
        "--everywhere",
        "--set",
        "Audio.Volume=30",
        "--rate",
        "60000",
        "--plan",
        "a.plan",
    )
    run = webex(*line, "--yes", token=READER)
    assert (run.code, "devices_write" in run.err) == (4, True)
    assert len(fake.writes) <= 4
    assert webex("configurations", "apply", "a.plan", "--yes", "--rate", "60000", token=ADMIN).code == 0
    assert sorted(patched(fake)) == [ident("DEVICE", number) for number in range(1, 6)]


def test_a_phone_that_webex_does_not_reach_does_not_end_it(webex: Words, fake: Fake, home: Path) -> None:
    fake.trouble = [Trouble(503, PATCHES, times=1)]
    line = (
        "configurations",
        "change",
        "--everywhere",
        "--set",
        "Audio.Volume=30",
        "--rate",
        "60000",
        "--plan",
        "a.plan",
    )
    assert webex(*line).code == 0
    run = webex("configurations", "apply", "a.plan", "--yes", "--rate", "60000")
    assert (run.code, len(patched(fake))) == (0, 5)
    fake.trouble = [Trouble(503, PATCHES, times=99)]
    (home / "a.plan").unlink()
    run = webex(*line)
    assert (run.code, "HTTP 503" in run.err) == (3, True)


def test_saved_restored_compared(webex: Words, fake: Fake, home: Path) -> None:
    webex("configurations", "update", "Phone 1", "--set", "Audio.Volume=30")
    assert webex("configurations", "save", "Phone 1", "-o", "gold.json").out == "gold.json\n"
    run = webex("configurations", "diff", "Phone 1", "Phone 2")
    assert run.code == 1
    assert [line.split() for line in run.out.splitlines()] == [
        ["key", "Phone", "1", "Phone", "2"],
        ["Audio.Volume", "30", "50"],
    ]
    assert webex("configurations", "diff", "Phone 2", "Phone 3").out == "no difference\n"
    run = webex("configurations", "drift", "gold.json", "--everywhere", "--rate", "60000")
    assert (run.code, run.out.splitlines()[-1]) == (1, "4 of 5 phones differ from gold.json")
    webex("configurations", "update", "Phone 2", "--set", "UserInterface.Theme.Name=Night")
    run = webex("configurations", "restore", "gold.json", "--device", "Phone 2", "--exact", "--yes", "--rate", "60000")
    assert run.code == 0
    assert (value(fake, 2), value(fake, 2, "UserInterface.Theme.Name")) == (30, "Auto")
    assert webex("configurations", "drift", "gold.json", "--device", "Phone 2").code == 0


def test_another_webex_is_not_given_this_plan(webex: Words, fake: Fake, home: Path) -> None:
    webex("configurations", "change", "--everywhere", "--set", "Audio.Volume=30", "--rate", "60000", "--plan", "a.plan")
    plan = home / "a.plan"
    plan.write_text(plan.read_text().replace(fake.base_url, "https://webexapis.com/v1"))
    run = webex("configurations", "apply", "a.plan", "--yes")
    assert (run.code, "another Webex's" in run.err) == (2, True)


def test_a_stranger_cannot_draw_in_a_preview(webex: Words, fake: Fake, home: Path) -> None:
    fake.world.devices["evil"] = device(9, id="evil", displayName="a\x1b[2Jb", locationId=LOCATION)
    run = webex(
        "configurations", "change", "--everywhere", "--set", "Audio.Volume=30", "--rate", "60000", "--plan", "a.plan"
    )
    assert run.code == 0
    assert "\x1b" not in run.out


def test_where_webex_asks_to_wait_nothing_is_lost_or_sent_twice(webex: Words, fake: Fake, home: Path) -> None:
    fake.every, fake.wait_s = 4, "0"
    line = ("configurations", "change", "--everywhere", "--set", "Audio.Volume=30", "--plan", "v.plan", "--yes")
    run = webex(*line, "--rate", "600000")
    assert (run.code, "5 changed" in run.out) == (0, True), run.err
    assert sorted(patched(fake)) == [ident("DEVICE", number) for number in range(1, 6)]
    refused = sum(each.status == 429 for each in fake.seen)
    assert 0 < refused <= len(fake.seen) // 4


def test_a_full_disk_stops_before_anything_is_sent(
    webex: Words, fake: Fake, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written down first is not sent: nobody would know of it after a crash."""
    webex("configurations", "change", "--everywhere", "--set", "Audio.Volume=30", "--plan", "v.plan", "--rate", "60000")
    before = (home / "v.plan").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(private, "write_all", full)
    run = webex("configurations", "apply", "v.plan", "--yes", "--rate", "60000")
    assert (run.code, "No space left on device" in run.err, fake.writes) == (2, True, [])
    monkeypatch.undo()
    assert (home / "v.plan").read_bytes() == before
