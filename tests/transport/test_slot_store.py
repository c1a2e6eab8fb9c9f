"""Whose feedback slot it is: this run's, an earlier run's, or that of another program that still runs."""

import json
from pathlib import Path as File

import pytest

from phonetui.transport.subscription import MOST, SlotStore

PHONE = "192.0.2.1:443"


def test_a_living_program_keeps_its_slot_and_a_dead_one_leaves_it(tmp_path: File) -> None:
    file = tmp_path / "slots.json"
    one, other = SlotStore(file), SlotStore(file)
    one.add(PHONE, "http://a/1")
    assert (one.get(PHONE), one.of_others(PHONE)) == (("http://a/1",), ())
    assert (other.get(PHONE), other.of_others(PHONE)) == ((), ("http://a/1",))
    other.settle(PHONE, "http://b/1")
    other.settle(PHONE, None)
    assert one.get(PHONE) == ("http://a/1",)
    one.close()
    assert (other.get(PHONE), other.of_others(PHONE)) == (("http://a/1",), ())
    other.settle(PHONE, "http://b/2")
    assert SlotStore(None).get(PHONE) == ()
    assert [row["url"] for row in json.loads(file.read_text())[PHONE]] == ["http://b/2"]


def test_urls_of_one_phone_are_bounded_newest_last(tmp_path: File) -> None:
    store = SlotStore(tmp_path / "slots.json")
    for number in range(MOST + 3):
        store.add(PHONE, f"http://a/{number}")
    assert store.get(PHONE) == tuple(f"http://a/{number}" for number in range(3, MOST + 3))
    store.settle(PHONE, "http://a/9")
    assert store.get(PHONE) == ("http://a/9",)


@pytest.mark.parametrize(
    ("written", "urls"),
    [
        ('{"192.0.2.1:443": ["http://a/1", "http://a/2"]}', ("http://a/1", "http://a/2")),
        ('{"192.0.2.1:443": "http://a/1"}', ("http://a/1",)),
        ('{"192.0.2.1:443": [1, null, {"owner": 3}, {"url": "http://a/1", "owner": 3}]}', ("http://a/1",)),
        ("[]", ()),
    ],
)
def test_what_earlier_releases_wrote_is_ours(written: str, urls: tuple[str, ...], tmp_path: File) -> None:
    file = tmp_path / "slots.json"
    file.write_text(written)
    assert SlotStore(file).get(PHONE) == urls
