"""A configuration read leniently, value spaces in words and as judges of what is typed, and edits that are staged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import ConfigError
from phonetui.webex.answer import redacted
from phonetui.webex.configuration import (
    BACK,
    DeviceSetting,
    Edits,
    InputForm,
    configuration,
    holds,
    setting_schema,
    value_text,
)
from tests.webex.fake.ask import Ask
from tests.webex.fake.devices import configure
from tests.webex.fake.site import Fake
from tests.webex.fake.world import ident
from tests.webex.malformed import odd

ONE = ident("DEVICE", 1)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=12), inside, max_size=4),
    max_leaves=12,
)


def by_key(items: Any) -> dict[str, DeviceSetting]:
    return {setting.key: setting for setting in configuration({"deviceId": "x", "items": items})}


def test_editability_in_each_of_its_forms() -> None:
    found = by_key(odd())
    assert found["Audio.Volume"].is_editable is True
    assert found["Audio.Ringtone.Pattern"].is_editable is True
    assert found["Audio.Microphones.Mute"].is_editable is True
    assert (found["NetworkPort[2].VLAN.Id"].is_editable, found["NetworkPort[2].VLAN.Id"].why_not) == (
        False,
        "LOCATION_MANAGED",
    )
    assert (found["NetworkPort[10].VLAN.Id"].is_editable, found["NetworkPort[10].VLAN.Id"].reason) == (
        None,
        "FROM_MARS",
    )
    assert (found["SystemUnit.Shape"].is_editable, found["SystemUnit.Shape"].reason) == (None, '{"future": 1}')


def test_keys_come_in_order_and_what_cannot_be_read_is_one_of_them() -> None:
    found = by_key(odd())
    names = list(found)
    assert names.index("NetworkPort[2].VLAN.Id") < names.index("NetworkPort[10].VLAN.Id")
    assert (found["SystemUnit.Broken"].unreadable, found["SystemUnit.Null"].unreadable) == ("7", "nothing")
    assert found["SystemUnit.Broken"].why_not
    assert (found["Time.Zone"].source, found["Time.Zone"].is_set, found["Audio.Volume"].is_set) == (
        "configured",
        True,
        False,
    )
    assert found["NetworkPort[1].VLAN.Id"].level == "device"


def test_a_secret_is_stars_and_in_no_repr() -> None:
    found = by_key(odd())["Network.Wifi.Passphrase"]
    edits = Edits().stage(found, "brand-new-Zq9")
    assert (found.text_of(found.value), found.text_of("")) == ("***", "")
    assert "Zq9" not in f"{found!r} {edits!r} {redacted(edits.patch())}"
    assert edits.patch()[0]["value"] == "brand-new-Zq9"
    assert holds(found, "brand-new-Zq9")  # it is set: more than that nobody is told


@given(JSON)
def test_any_answer_is_read(raw: Any) -> None:
    for setting in (*configuration(raw), *configuration({"items": raw}), *by_key({"A.B": raw}).values()):
        assert setting.text_of(setting.value) is not None
        assert isinstance(setting.space.words, str)


SPACES: list[tuple[Any, str, tuple[str, ...], tuple[str, ...]]] = [
    ({"type": "integer", "minimum": 0, "maximum": 100}, "0 to 100", ("0", "100", " 7 "), ("-1", "101", "x", "1.5", "", "٣")),
    ({"type": "integer", "minimum": "5", "multipleOf": 5}, "5 or more, in steps of 5", ("5", "10"), ("6", "0")),
    ({"type": "integer"}, "a whole number", ("-3",), ("3e3",)),
    ({"type": "number", "maximum": 1.5}, "at most 1.5", ("1.5", "-2"), ("1.6", "nan", "inf")),
    ({"type": "string"}, "text", ("", "x" * 1000), ()),
    ({"type": "string", "minLength": 1, "maxLength": 3}, "text of 1 to 3 characters", ("a", "abc"), ("", "abcd")),
    ({"type": ["string", "null"], "pattern": "^[a-z]+$"}, "text, matching ^[a-z]+$", ("abc",), ("A", "")),
    ({"type": "string", "pattern": "^(a+)+$"}, "text, matching ^(a+)+$", ("a" * 200 + "!",), ()),
    ({"type": "string", "pattern": "(["}, "text, matching ([", ("anything",), ()),
    ({"type": "string", "enum": ["On", "Off"]}, "one of On, Off", ("On",), ("on", "")),
    ({"enum": [1, "1x", None]}, "one of 1, 1x, ", ("1", ""), ("2",)),
    ({"type": "boolean"}, "true or false", ("true", "false"), ("yes",)),
    ({"oneOf": []}, '{"oneOf": []}', ("7", "x", "[1]"), ()),
    (None, "any value", ("x",), ()),
    ("free text", "free text", ("x",), ()),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "words", "good", "bad"), SPACES, ids=[words for _, words, *_ in SPACES])
def test_a_value_space(raw: Any, words: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    space = setting_schema(raw)
    assert space.words == words
    for typed in good:
        value = space.read(typed)
        assert value_text(value) == typed.strip() or space.form in (InputForm.NUMBER, InputForm.OTHER)
    for typed in bad:
        with pytest.raises(ConfigError, match="it "):
            space.read(typed)


SETTINGS = [setting for setting in by_key(odd()).values() if setting.unreadable is None]
STAGES = st.lists(
    st.tuples(st.sampled_from(SETTINGS), st.just(BACK) | st.booleans() | st.integers(0, 9) | st.text(max_size=4)),
    max_size=12,
)


@given(STAGES, st.randoms())
def test_all_edits_undone_leave_nothing_to_send(stages: list[tuple[DeviceSetting, Any]], order: Any) -> None:
    edits = Edits()
    for setting, value in stages:
        edits = edits.stage(setting, value)
    assert len(edits.patch()) == len(edits) == len(list(edits.changes(SETTINGS)))
    keys = [setting.key for setting in SETTINGS]
    order.shuffle(keys)
    for key in keys:
        edits = edits.unstage(key)
    assert edits.patch() == []


@given(STAGES)
def test_the_patch_makes_what_was_staged(stages: list[tuple[DeviceSetting, Any]]) -> None:
    """Judged by the made-up Webex, which knows nothing of `Edits`."""
    fake, edits = Fake(), Edits()
    fake.world.configurations[ONE], fake.world.is_strict = odd(), False
    for setting, value in stages:
        edits = edits.stage(setting, value)
    if edits:
        answer = configure(Ask({}, [("deviceId", ONE)], edits.patch(), "", fake))
        after: dict[str, DeviceSetting] = {each.key: each for each in configuration(answer.value)}
        assert len(edits.left(after.values())) == 0
        for setting, value in edits.changes(SETTINGS):
            assert after[setting.key].value == (setting.default if value is BACK else value)


def test_what_holds_already_is_not_staged() -> None:
    found = by_key(odd())
    zone, volume = found["Time.Zone"], found["Audio.Volume"]
    assert len(Edits().stage(zone, "Etc/UTC")) == 0
    assert len(Edits().stage(zone, "Europe/Oslo").stage(zone, "Etc/UTC")) == 0
    assert len(Edits().stage(volume, BACK)) == 0
    assert len(Edits().stage(volume, 50)) == 1  # the default, from now on whatever becomes of it
    assert Edits().stage(zone, BACK).patch() == [{"op": "remove", "path": "Time.Zone/sources/configured/value"}]
