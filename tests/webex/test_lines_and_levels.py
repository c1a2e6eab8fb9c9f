"""Levels of settings, line keys and members: read leniently, compared, drawn."""

from typing import Any

from hypothesis import given

from phonetui.text import printable
from phonetui.ui.text.rows import cell_width, text
from phonetui.ui.webex import lines as keys
from phonetui.ui.webex import settings_levels as columns
from phonetui.ui.webex.settings_levels import Level, compare_levels, read_level
from phonetui.webex.devices import WebexDevice
from phonetui.webex.lines import (
    Hoteling,
    LineKey,
    ModelKeys,
    complete_members,
    differing_keys,
    hoteling,
    layout,
    member,
    members,
    model_keys,
)
from tests.webex.test_configuration import JSON


def test_levels_side_by_side_with_secrets_as_stars() -> None:
    said = [
        read_level("organization", {"customizations": {"mpp": {"vlan": {"id": 1}, "phoneSecurityPwd": "a-Zq9"}}, "customEnabled": True}),
        read_level("location", {"customizations": {"mpp": {"vlan": {"id": 1}, "phoneSecurityPwd": "b-Zq9"}}, "updateInProgress": True}),
        read_level("device", {"customizations": {"mpp": {"vlan": {"id": 7}, "poe": None, "none": {}}}}),
        Level(name="else", failure=printable("no way")),
    ]  # fmt: skip
    found = compare_levels(said)
    assert [(leaf.name, leaf.values, leaf.differs) for leaf in found] == [
        ("mpp.vlan.id", ("1", "1", "7", None), (False, False, True, False)),
        ("mpp.phoneSecurityPwd", ("***", "***", None, None), (False, True, False, False)),
        ("mpp.poe", (None, None, "", None), (False, False, False, False)),
        ("mpp.none", (None, None, "{}", None), (False, False, False, False)),
    ]
    assert "Zq9" not in f"{said!r} {found!r}"
    assert [leaf.name for leaf in columns.matching_leaves(found, "VLAN", differences_alone=True)] == ["mpp.vlan.id"]


@given(JSON)
def test_any_answer_about_settings_keys_and_members_is_read(raw: Any) -> None:
    found = compare_levels([read_level("organization", raw), read_level("device", {"customizations": raw})])
    for leaf in found:
        assert cell_width(columns.leaf_row(leaf, 78)) <= 80
    said = layout({"lineKeys": raw, "kemKeys": [raw], "layoutMode": raw, "kemModuleType": raw})
    for page in keys.pages(said, model_keys("9851", raw), said):
        keys.key_rows(page, 78)
    for each in (member(raw), *members({"members": raw}), *members({"members": [raw]})):
        assert cell_width(keys.member_row(each, 78)) <= 200
        keys.member_detail(each, 78)
    assert hoteling(WebexDevice(id="x"), {"devices": raw}) is None


CUSTOM = {
    "layoutMode": "CUSTOM",
    "userReorderEnabled": False,
    "lineKeys": [
        {"lineKeyIndex": 1, "lineKeyType": "PRIMARY_LINE"},
        {"lineKeyIndex": 2, "lineKeyType": "SHARED_LINE", "sharedLineIndex": 1},
        {"lineKeyIndex": 5, "lineKeyType": "BRAND_NEW", "lineKeyLabel": "Label", "lineKeyValue": "5000"},
        {"lineKeyIndex": None, "lineKeyType": "OPEN"},
        7,
    ],
    "kemModuleType": "KEM_14_KEYS",
    "kemKeys": [{"kemModuleIndex": 2, "kemKeyIndex": 3, "kemKeyType": "MONITOR", "kemKeyLabel": "Kari"}],
}


def test_keys_lie_in_columns_and_modules_have_pages() -> None:
    phone, module = keys.pages(layout(CUSTOM), ModelKeys(8, 2), None)
    assert (phone.name, phone.count, phone.columns) == ("phone", 8, 2)
    assert (module.name, module.count) == ("module 2", 14)
    drawn = [text(row).split("[")[1:] for row in keys.key_rows(phone, 78) if row]
    assert [[cap[:2].strip() for cap in caps] for caps in drawn] == [["1", "5"], ["2", "6"], ["3", "7"], ["4", "8"]]
    assert "BRAND_NEW       Label  5000" in text(keys.key_rows(phone, 78)[0])
    assert "shared line 1" in text(keys.key_rows(phone, 78)[2])


def test_a_layout_beside_a_template() -> None:
    first = {"lineKeyIndex": 1, "lineKeyType": "PRIMARY_LINE"}
    theirs = layout({"templateName": "Desk", "lineKeys": [first, {"lineKeyIndex": 3, "lineKeyType": "OPEN"}]})
    ours = layout(CUSTOM)
    assert differing_keys(ours.keys, theirs.keys) == {2, 5}  # an open key and one that isn't assigned are the same
    page = keys.pages(ours, ModelKeys(6, 2), theirs)[0]
    assert keys.comparison(page, "Desk") == f"2 of 6 keys differ: {keys.OTHERWISE} is what Desk has"
    assert sum(text(row).count(keys.OTHERWISE) for row in keys.key_rows(page, 78)) == 4
    assert keys.comparison(keys.pages(ours, ModelKeys(), ours)[0], "Desk") == "same as Desk"


def test_a_default_layout_has_no_keys_and_says_so() -> None:
    default, template = (
        layout({"layoutMode": "DEFAULT"}),
        layout({"templateName": "Desk", **CUSTOM, "layoutMode": None}),
    )
    assert "no list of keys" in " ".join(map(text, keys.layout_facts(default, None, "")))
    page = keys.pages(default, ModelKeys(6, 2), template)[0]
    assert (keys.comparison(page, "Desk"), page.keys) == ("", template.keys)
    assert "nothing to compare" in " ".join(map(text, keys.layout_facts(default, template, "")))


def test_a_model_is_found_by_its_number() -> None:
    known = {
        "devices": [
            {"model": "DMS Cisco 98510"},
            {"displayName": "Cisco 9851", "numberOfLineKeyButtons": 10, "numberOfLineKeyButtonColumns": 1},
        ]
    }
    assert model_keys("Cisco Desk Phone 9851", known) == ModelKeys(10, 1)
    assert model_keys("Cisco Desk Phone 9861", known) == ModelKeys(10, 2)  # as we know it
    assert model_keys("Cisco Desk Phone 1234", known) == model_keys(None, known) == ModelKeys()


def test_members_by_port_with_words_that_are_not_known() -> None:
    found = members(
        {
            "members": [
                {"firstName": "Lobby", "lastName": ".", "lineType": "NEW", "memberType": "ROBOT"},
                {"port": 2},
                None,
                {"port": 1, "hotlineEnabled": True, "hotlineDestination": "112"},
            ]
        }
    )
    assert [each.port for each in found] == [1, 2, None, None]
    assert (found[2].owner, found[2].line, found[2].kind) == ("Lobby", "NEW", "ROBOT")
    assert found[3].unreadable is not None
    assert "hotline to 112" in " ".join(map(text, keys.member_detail(found[0], 120)))


def test_ports_are_counted_on_by_a_weight_that_is_a_number() -> None:
    rows = complete_members([{"id": "a", "lineWeight": 3}, {"id": "b", "lineWeight": "two"}, {"id": "c"}], ())
    assert [(row["port"], row["lineWeight"]) for row in rows] == [(1, 3), (4, "two"), (5, 1)]


def test_hoteling_in_words() -> None:
    assert Hoteling().words.startswith("Webex doesn't say")
    assert Hoteling(is_on=True, is_limited=True, hours=12).words.endswith("12 h at most")
    assert "as long as they like" in Hoteling(is_on=True, is_limited=False, hours=12).words
    owned = {
        "devices": [
            {"id": "other"},
            {"mac": "02:00:00-00.0001", "hoteling": {"enabled": False, "guestHoursLimit": "x"}},
        ]
    }
    assert hoteling(WebexDevice(id="x", mac="020000000001"), owned) == Hoteling(is_on=False)
    assert "neither a workspace nor a person" in text(keys.hoteling_row("", None))
    assert LineKey(index=1).words == "unreadable"
