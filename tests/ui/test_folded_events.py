"""The journal as the main screen tells it: a line a call, whichever of its ends said it, and a line a trouble."""

from datetime import timedelta

from msgspec.structs import replace

from phonetui.phone.calls.call_ends import join_ends
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import STATE, EntryKind, JournalEntry, Weight
from phonetui.phone.measure import Grade
from phonetui.phone.state import DISCONNECT, SUCCESSFUL, PhoneId
from phonetui.text import printable
from phonetui.ui.alerts.folded_events import fold
from phonetui.ui.alerts.rows import EventRows
from phonetui.ui.text.rows import text
from tests.simulator.offices import opened as open_office
from tests.ui.office import NOW
from tests.ui.remembered import other_end_of, troubled
from tests.ui.screen import opened
from tests.ui.simulated_office import SimulatedFleet

CALLER, CALLEE = troubled(), other_end_of(troubled())


def event(name: str, record: CallRecord, after: float = 0.0, **more: str) -> JournalEntry:
    fields = {"LineId": str(record.call.line), "CallId": str(record.call.id), **more}
    seen_at = (record.last_at if name == DISCONNECT else record.answered_at or record.began_at) + timedelta(
        seconds=after
    )
    words = printable(f"{name}  line {record.call.line} call {record.call.id}")
    said = tuple((printable(key), printable(value)) for key, value in fields.items())
    return JournalEntry(seen_at, record.phone, words, kind=EntryKind.EVENT, event=printable(name), fields=said)


def begun_and_ended() -> list[JournalEntry]:
    begins = [event(SUCCESSFUL, record, 0.1 * place) for place, record in enumerate((CALLER, CALLEE))]
    return [
        *begins,
        *(event(DISCONNECT, record, 0.1 * place) for place, record in enumerate((CALLER, CALLEE))),
    ]


def lines(entries: list[JournalEntry]) -> list[str]:
    return [text(row) for row in EventRows(entries, NOW.tzinfo, 120)]


def test_a_call_between_two_phones_has_one_line_that_goes_on() -> None:
    entries, calls = begun_and_ended(), join_ends((CALLER, CALLEE))
    for count in (1, 2):
        (began,) = fold(entries[:count], calls)
        assert (began.phone, began.text) == ("reception", "call to desk-31 began")
    for count in (3, 4):
        (ended,) = fold(entries[:count], calls)
        assert ended.text == "call to desk-31 ended 00:15:25 · 200 Normal"
    bad = replace(CALLEE, grade=Grade.POOR, mos=3.1, mos_source="phone-cq")
    (ended,) = fold(entries, join_ends((CALLER, bad)))
    assert (ended.text, ended.weight) == (
        "call to desk-31 ended 00:15:25 · MOS 3.1 · poor · 200 Normal",
        Weight.TROUBLE,
    )


def test_calls_that_follow_each_other_in_one_place_stay_apart() -> None:
    ago = timedelta(seconds=940)
    earlier = [
        replace(one, began_at=one.began_at - ago, answered_at=(one.answered_at or NOW) - ago, ended_at=(one.ended_at or NOW) - ago,
                seen_at=one.seen_at - ago)
        for one in (CALLER, CALLEE)
    ]  # fmt: skip
    entries = [event(DISCONNECT, one) for one in (*earlier, CALLER, CALLEE)]
    assert [entry.seen_at for entry in fold(entries, join_ends((CALLER, CALLEE, *earlier)))] == [
        CALLEE.ended_at, earlier[1].ended_at,
    ]  # fmt: skip


def test_a_call_without_a_record_is_told_in_the_phones_words_its_end_in_place_of_its_beginning() -> None:
    entries = begun_and_ended()
    assert [entry.event for entry in fold(entries[:2], ())] == [SUCCESSFUL] * 2
    assert [entry.event for entry in fold(entries, ())] == [DISCONNECT] * 2


def test_a_caller_beyond_our_phones_is_named_as_the_phone_names_it() -> None:
    (entry,) = fold([event(SUCCESSFUL, CALLER)], join_ends((replace(CALLER, partner=None),)))
    assert entry.text == "call to Desk 31 5012 began"


def test_a_trouble_has_one_line_and_another_one_of_its_kind_another() -> None:
    def alert(
        second: int, words: str, since: int, phone: str = "lobby", topic: str = "loss line 1 call 0"
    ) -> JournalEntry:
        return JournalEntry(
            NOW + timedelta(seconds=second), PhoneId(phone), printable(words), Weight.TROUBLE, EntryKind.ALERT,
            since=NOW + timedelta(seconds=since), topic=topic,
        )  # fmt: skip

    entries = [
        alert(0, "critical: loss", 0), alert(1, "poor: registration", 1, topic="registration line 1"),
        alert(9, "cleared after 9 s: loss", 0), alert(30, "critical: loss", 30), alert(30, "critical: loss", 30, "desk-31"),
    ]  # fmt: skip
    assert [(entry.phone, entry.text) for entry in fold(entries, ())] == [
        ("desk-31", "critical: loss"), ("lobby", "critical: loss"), ("lobby", "cleared after 9 s: loss"), ("lobby", "poor: registration"),
    ]  # fmt: skip


def test_how_we_stand_with_a_phone_is_one_line_with_its_outages_counted() -> None:
    words = ("no answer", "unreachable", "live", "no answer", "unreachable (refused)")
    weights = (Weight.WARNING, Weight.TROUBLE, Weight.GOOD, Weight.WARNING, Weight.TROUBLE)
    entries = [
        JournalEntry(NOW + timedelta(seconds=place), PhoneId("lobby"), printable(word), weight, topic=STATE)
        for place, (word, weight) in enumerate(zip(words, weights, strict=True))
    ]
    assert [line[9:] for line in lines(fold(entries, ()))] == ["lobby        ! unreachable (refused)  (×2 since 03:04)"]
    assert [line[9:] for line in lines(fold(entries[:3], ()))] == ["lobby        ● live"]
    assert fold(entries[:1], ()) == [replace(entries[0], times=1, since=entries[0].seen_at)]


async def test_the_pane_of_a_busy_office_has_a_line_a_call() -> None:
    fleet = SimulatedFleet(watched=open_office("busy", phones=6, seed=3))
    fleet.advance(120.0)
    said = [entry for entry in fleet.entries if entry.event in (SUCCESSFUL, DISCONNECT)]
    async with opened(fleet) as desk:
        desk.clock.at += fleet.at
        await desk.press("5", "z")
        for key in ("P", "P"):
            shown = [line for line in desk.lines() if "call to " in line]
            assert 5 < len(shown) < len(said) / 2
            assert not any("L1, " in line for line in desk.lines())
            await desk.press(key)
            await desk.refresh_view()
