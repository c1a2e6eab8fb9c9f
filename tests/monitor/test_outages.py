"""What was counted while nobody looked, or while a line had no SIP, is nobody's talk: it grades and raises nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.alerts.rules_phone import Past, assess_phone
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CALL = Path.of("Line", 1, "Call", 0)
REGISTRATION = Path.of("ExtStatus", 1, "RegistrationState")
EVERY_S = 2.0


class Follower:
    """One phone in a call, read and judged in virtual time; its counters are set by hand."""

    def __init__(self) -> None:
        connection = Connection(State.LIVE, interval_s=EVERY_S, pushes=True)
        bare = Phone(id=PhoneId("lobby"), name=Printable("lobby"), address=Printable(""), connection=connection)
        self.knowledge = Knowledge(bare, DEFAULT)
        self.at = 0.0
        self.received = self.lost = 0
        self.registration = "Registered"
        self.past = Past()
        self.raised: list[str] = []

    def read(self) -> Measure:
        leaves = {
            "CallState": "Connected", "Decoder": "G722", "Encoder": "G722", "RemoteHold": "No", "Duration": str(int(self.at)),
            "PacketsSent": str(int(50 * self.at)), "PacketsReceived": str(self.received), "PacketsLost": str(self.lost),
            "PacketsDiscarded": "0", "Jitter": "3",
        }  # fmt: skip
        said = {CALL / name: printable(value) for name, value in leaves.items()}
        said[REGISTRATION] = printable(self.registration)
        knowledge = self.knowledge
        knowledge.apply(knowledge.differences(Document(said), ROOT, self.at), self.at)
        ((_, measure),) = knowledge.measure(self.at)
        found, self.past = assess_phone(
            knowledge.phone, self.past, at=self.at, seen_at=NOON + timedelta(seconds=self.at), thresholds=DEFAULT,
            diagnose=lambda *_: (),
        )  # fmt: skip
        self.raised += [trouble.id for trouble in found if trouble.id != "registration"]
        return measure

    def talk(self, seconds: float) -> Measure:
        for _ in range(int(seconds / EVERY_S)):
            self.at += EVERY_S
            self.received += int(50 * EVERY_S)
            measure = self.read()
        return measure

    def lose(self, seconds: float) -> None:
        """Nothing comes for a while, and the numbering goes on: so it is counted as lost."""
        self.at += seconds
        self.lost += int(50 * seconds)


def test_an_outage_of_ours_grades_nothing_and_raises_nothing() -> None:
    phone = Follower()
    before = phone.talk(30)
    phone.lose(60)
    after = phone.talk(8)
    assert (before.grade, after.grade) == (Grade.GOOD, Grade.MEASURING)
    assert after.loss_pct == 0.0
    assert after.shares == before.shares
    assert after.worst == before.worst
    again = phone.talk(20)
    assert again.grade is Grade.GOOD
    assert again.shares.good_s == pytest.approx(before.shares.good_s + 18.0, abs=EVERY_S)
    assert phone.raised == []


def test_a_phone_that_answers_late_has_no_outage() -> None:
    phone = Follower()
    phone.talk(30)
    phone.lose(2 * EVERY_S)
    assert phone.talk(EVERY_S).loss_pct == pytest.approx(40.0, abs=0.1)


def test_an_outage_of_sip_grades_nothing_and_raises_nothing() -> None:
    phone = Follower()
    before = phone.talk(30)
    phone.registration = "Not Registered"
    phone.lose(EVERY_S)
    phone.read()
    phone.registration = "Registered"
    phone.lose(EVERY_S)
    phone.read()
    after = phone.talk(20)
    assert (before.grade, after.grade) == (Grade.GOOD, Grade.GOOD)
    assert after.shares.total_s == after.shares.good_s
    assert phone.raised == []


def test_a_line_without_sip_for_long_is_still_measured() -> None:
    phone = Follower()
    phone.registration = "Not Registered"
    assert phone.talk(30).grade is Grade.GOOD
