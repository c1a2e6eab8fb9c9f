"""What a phone refused is remembered for a while, and not over a change of its firmware."""

from phonetui.errors import AccessError, Busy, Dropped, NotOffered, ServerError, TimedOut
from phonetui.monitor.schedule import Refusals, may_concern_place
from phonetui.xapi.path import ROOT


def test_a_refusal_holds_until_it_is_due() -> None:
    refusals = Refusals()
    assert not refusals.holds(ROOT, 0.0)
    assert not refusals.is_due(ROOT, 1e9)
    refusals.add(ROOT, 100.0)
    assert (refusals.holds(ROOT, 99.0), refusals.is_due(ROOT, 99.0)) == (True, False)
    assert (refusals.holds(ROOT, 100.0), refusals.is_due(ROOT, 100.0)) == (False, True)
    refusals.remove(ROOT)
    assert not refusals.is_due(ROOT, 1e9)


def test_other_firmware_may_answer_otherwise() -> None:
    refusals = Refusals()
    refusals.begin("PHONEOS.3-5")
    refusals.add(ROOT, 100.0)
    refusals.begin("PHONEOS.3-5")
    assert refusals.holds(ROOT, 1.0)
    refusals.begin("PHONEOS.3-6")
    assert not refusals.holds(ROOT, 1.0)


def test_what_is_no_answer_concerns_the_phone() -> None:
    answers = (AccessError("no"), Busy("no"), NotOffered("no"), ServerError("no"))
    assert all(map(may_concern_place, answers))
    assert not any(map(may_concern_place, (Dropped("gone"), TimedOut("reading", 1.0))))
    shared = Busy("Webex limits requests")
    shared.is_shared = True
    assert not may_concern_place(shared)
