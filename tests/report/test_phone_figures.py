"""Figures of phones: trouble of every kind, moves, firmware, addresses of two, certificates that end."""

from datetime import timedelta

from msgspec.structs import replace

from phonetui.phone.inventory import PhoneTrait
from phonetui.phone.state import PhoneId, State
from phonetui.report import phone_figures as rules
from phonetui.report.phone_figures import FleetFigures, PhoneTrouble, phone_figures
from phonetui.text import Printable
from tests.report.reports import ENDED, alerts, change, changed, day, known, phones, report
from tests.ui.office import NOW


def figures() -> FleetFigures:
    return report().phones


def trouble(name: str) -> PhoneTrouble:
    return next(one for one in figures().troubled if one.phone == name)


def test_phones_are_counted_by_whether_they_answer() -> None:
    found = figures()
    assert (found.phones, found.live, found.out, found.silent) == (7, 5, 1, 1)
    assert (found.placed, found.serials, found.certificates_known) == (6, 1, 6)


def test_who_is_out_of_reach_stands_first_then_the_longest_trouble() -> None:
    assert [one.phone for one in figures().troubled] == ["far-away-1", "reception", "lobby", "twin-a"]
    assert figures().troubled_count == 4


def test_outages_are_added_up_and_one_that_lasts_counts_until_the_last_look() -> None:
    assert (trouble("lobby").outages, trouble("lobby").out_s, trouble("lobby").is_out) == (1, 1800.0, False)
    assert (trouble("far-away-1").outages, trouble("far-away-1").is_out) == (1, True)
    assert trouble("far-away-1").out_s == 119 * 60


def test_an_outage_from_before_the_time_counts_from_the_last_answer() -> None:
    gone = known("gone", state=State.UNREACHABLE, seen_at=NOW - timedelta(hours=30))
    (one,) = phone_figures([gone], [], [], {}, ENDED).troubled
    assert (one.outages, one.out_s) == (1, (30 * 60 - 1) * 60)
    never = replace(gone, seen_at=None)
    (one,) = phone_figures([never], [], [], {}, ENDED).troubled
    assert (one.outages, one.out_s) == (1, 0.0)


def test_alerts_are_counted_by_phone_and_information_that_passes_is_none() -> None:
    assert trouble("reception").alerts == (("registration", 2), ("loss", 1))
    assert trouble("twin-a").alerts == (("reboot", 1),)
    assert trouble("lobby").alerts == ()
    assert figures().fleet_alerts == (("tunnel", 1),)


def test_moves_are_the_latest_first_and_other_changes_apart() -> None:
    found = figures()
    assert [(one.phone, one.after) for one in found.moves] == [
        ("desk-31", "sw-2f Gi1/0/7"),
        ("reception", "sw-2f Gi1/0/9"),
    ]
    assert [one.trait for one in found.other_changes] == [PhoneTrait.VERSION]
    many = [change("lobby", PhoneTrait.PLACE, "a 1", f"a {turn}", 500 - turn) for turn in range(300)]
    found = phone_figures(phones(), many, [], {}, ENDED)
    assert (len(found.moves), found.move_count, found.moves[0].after) == (rules.MOST_CHANGES, 300, "a 299")


def test_firmware_is_counted_by_model_of_phones_that_spoke() -> None:
    assert [(one.model, one.version, one.phones) for one in figures().firmware] == [
        ("DP-9851", "PHONEOS.3-6-1-0001-45", 4), ("DP-9851", "PHONEOS.3-5-1-0002-10", 1), ("DP-9861", "PHONEOS.3-6-1-0001-45", 1),
    ]  # fmt: skip


def test_an_address_of_two_is_found_in_any_notation() -> None:
    (one,) = figures().duplicates
    assert (one.trait, one.phones) == (PhoneTrait.MAC, ("twin-a", "twin-bb"))


def test_an_address_that_was_used_one_after_the_other_or_behind_two_hosts_is_nobodys_fault() -> None:
    one, ip = known("one", mac=None), Printable("10.0.0.5")
    one = replace(one, ip=ip)
    two = replace(one, id=PhoneId("two"))
    assert len(phone_figures([one, two], [], [], {}, ENDED).duplicates) == 1
    earlier = replace(two, seen_at=NOW - timedelta(hours=3))
    assert phone_figures([one, earlier], [], [], {}, ENDED).duplicates == ()
    assert phone_figures([one, replace(two, via=Printable("bastion"))], [], [], {}, ENDED).duplicates == ()


def test_certificates_that_end_within_a_month_are_told_the_earliest_first() -> None:
    assert [(one.phone, one.is_over) for one in figures().certificates] == [("twin-bb", True), ("desk-31", False)]


def test_a_phone_of_which_calls_alone_were_kept_is_there_as_well() -> None:
    calls = report(phones=[], alerts=[], changes=[]).calls.phones
    found = phone_figures([], [], [], calls, ENDED)
    assert [(one.phone, one.record) for one in found.troubled] == [("reception", None)]
    assert found.phones == 0


def test_lists_are_bounded() -> None:
    many = [known(f"p{turn}", state=State.REFUSED) for turn in range(80)]
    found = phone_figures(many, changed(), alerts(), {}, ENDED)
    assert (len(found.troubled), found.out) == (rules.MOST_LISTED, 80)
    assert found.troubled_count >= 80
    assert len(day()) > 10
