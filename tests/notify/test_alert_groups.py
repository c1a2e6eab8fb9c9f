"""How few notifications a trouble makes."""

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from phonetui.notify.alert_groups import CALM_S, GATHER_S, AlertGrouping, Notification, NotificationKind
from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import Printable, printable
from tests.ui.office import NOW, SWITCH, phone

COOLDOWN_S = 300.0
RAISED, RESOLVED = NotificationKind.RAISED, NotificationKind.RESOLVED


def alert(
    of: str, id_: AlertId = AlertId.LOSS, severity: Severity = Severity.CRITICAL, subject: str = "line 1 call 0"
) -> Alert:
    return Alert(
        phone=PhoneId(of), id=id_, subject=subject, severity=severity, text=Printable("loss 7.2 %"), raised_at=NOW
    )


class Story:
    """Seconds go by; what was told is kept."""

    def __init__(self, *phones: Phone, least: Severity = Severity.POOR) -> None:
        self.phones = {one.id: one for one in phones}
        self.grouping = AlertGrouping(least, COOLDOWN_S)
        self.now_s = 0.0
        self.told: list[Notification] = []

    def go_on(self, seconds: float, *alerts: Alert) -> "Story":
        until = self.now_s + seconds
        while self.now_s < until:
            self.now_s += 1
            seen_at = NOW + timedelta(seconds=self.now_s)
            self.told += self.grouping.update(alerts, self.phones, self.now_s, seen_at)
        return self

    @property
    def kinds(self) -> list[NotificationKind]:
        return [one.kind for one in self.told]


def test_one_trouble_is_one_notification_and_one_resolution() -> None:
    story = Story(phone("lobby", group="HQ"))
    story.go_on(GATHER_S - 1, alert("lobby"))
    assert not story.told
    story.go_on(120, alert("lobby")).go_on(CALM_S + 5)
    assert story.kinds == [RAISED, RESOLVED]
    first, last = story.told
    assert first.title == "lobby: loss"
    assert first.text == "loss 7.2 %"
    assert (first.site, first.ended_at) == ("HQ", None)
    assert last.title == "lobby: loss over"
    assert last.group == first.group
    assert last.ended_at is not None


def test_a_call_that_flaps_is_told_once() -> None:
    story = Story(phone("lobby"))
    for _ in range(5):
        story.go_on(20, alert("lobby")).go_on(20)
    story.go_on(2 * CALM_S)
    assert story.kinds == [RAISED, RESOLVED]


def test_what_comes_again_within_the_cooldown_is_not_told_again_and_later_it_is() -> None:
    story = Story(phone("lobby")).go_on(30, alert("lobby")).go_on(CALM_S + 1)
    assert story.kinds == [RAISED, RESOLVED]
    story.go_on(COOLDOWN_S - story.now_s, alert("lobby"))
    assert story.kinds == [RAISED, RESOLVED]
    story.go_on(60, alert("lobby"))
    assert story.kinds == [RAISED, RESOLVED, RAISED]


def test_ten_phones_behind_one_bad_switch_are_one() -> None:
    phones = [phone(f"desk-{number}", group="HQ") for number in range(10)]
    story = Story(*phones)
    alerts = [alert(one.id) for one in phones]
    for number in range(10):  # they are asked one after the other
        story.go_on(0.5, *alerts[: number + 1])
    story.go_on(60, *alerts).go_on(CALM_S + 5)
    assert story.kinds == [RAISED, RESOLVED]
    assert story.told[0].title == f"10 phones, switch {SWITCH.neighbour}: loss"
    assert "and 5 more" in story.told[0].text
    assert len(story.told[0].phones) == 10


def test_another_phone_behind_it_later_is_the_same_trouble() -> None:
    phones = [phone(f"desk-{number}") for number in range(4)]
    alerts = [alert(one.id) for one in phones]
    story = Story(*phones).go_on(30, *alerts[:3]).go_on(60, *alerts)
    assert story.kinds == [RAISED]


def test_phones_of_different_places_are_told_each() -> None:
    elsewhere = replace(SWITCH, neighbour=Printable("other"))
    story = Story(phone("a", group="HQ"), phone("b", group="Branch", ports=(elsewhere,))).go_on(
        30, alert("a"), alert("b")
    )
    assert [one.title for one in story.told] == ["a: loss", "b: loss"]


@pytest.mark.parametrize(
    "quiet",
    [
        alert("lobby", severity=Severity.FAIR),
        replace(alert("lobby"), is_muted=True),
        replace(alert("lobby"), is_second_end=True),
        replace(alert("lobby"), cleared_at=NOW),
    ],
)
def test_what_is_not_told(quiet: Alert) -> None:
    assert not Story(phone("lobby")).go_on(60, quiet).told


def test_a_trouble_of_seconds_is_nobodys_business() -> None:
    assert not Story(phone("lobby")).go_on(GATHER_S / 2, alert("lobby")).go_on(60).told


def test_a_tunnel_is_named() -> None:
    lost = replace(alert("x", AlertId.TUNNEL, subject="bastion"), phone=None)
    story = Story(phone("lobby")).go_on(30, lost)
    assert story.told[0].title == "tunnel bastion: tunnel"


def test_hostile_names_are_text() -> None:
    hostile = replace(phone("lobby"), name=printable("x\x1b]0;y\x07\nz"))
    story = Story(hostile).go_on(30, alert("lobby"))
    assert "\x1b" not in story.told[0].title + story.told[0].text
    assert "\n" not in story.told[0].title


def test_raised_and_resolved_take_turns_whatever_happens() -> None:
    """A pseudo-random year of minutes: no group is told twice in a row of the same kind."""
    import random

    rng = random.Random(11)
    phones = [phone(f"desk-{number}", group=f"site-{number % 3}") for number in range(12)]
    alerts = [alert(one.id, id_) for one in phones for id_ in (AlertId.LOSS, AlertId.REGISTRATION)]
    story = Story(*phones)
    for _ in range(400):
        story.go_on(rng.choice((1, 5, 30, 90)), *rng.sample(alerts, rng.choice((0, 0, 1, 3, 8))))
    groups = {one.group for one in story.told}
    assert len(groups) > 10
    for group in groups:
        kinds = [one.kind for one in story.told if one.group == group]
        assert kinds[0] is RAISED
        assert all(before is not after for before, after in pairwise(kinds))
