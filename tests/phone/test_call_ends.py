"""Calls as people count them: the two records of a call between two phones of ours are one."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from phonetui.phone.calls.call_ends import CallEnds, JoinedCalls, join_ends
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Grade
from phonetui.phone.state import CallDirection, PhoneId
from tests.ui.remembered import other_end_of, remembered, troubled

CALLER, CALLEE = troubled(), other_end_of(troubled())


def test_two_records_are_one_call_from_whichever_end_it_is_seen() -> None:
    for records in ((CALLER, CALLEE), (CALLEE, CALLER)):
        (call,) = join_ends(records)
        assert (call.near, call.far) == (CALLER, CALLEE), "the caller first"
        assert call.seen_from(CALLEE.phone) == CallEnds(CALLEE, CALLER)
        assert call.seen_from(CALLEE.phone).id == call.id
        assert call.seen_from(None) == call.seen_from(PhoneId("another")) == call
        assert [call.is_of(PhoneId(phone)) for phone in ("reception", "desk-31", "lobby")] == [True, True, False]


def test_it_is_as_bad_as_its_worse_end() -> None:
    call = CallEnds(replace(CALLER, grade=Grade.GOOD), replace(CALLEE, grade=Grade.POOR))
    assert call.grade is Grade.POOR
    assert call.worse.phone == "desk-31"
    assert call.worst == CALLER.worst


def test_an_earlier_call_in_the_same_places_is_another_one() -> None:
    ago = timedelta(hours=3)
    assert CALLEE.ended_at is not None
    earlier = replace(
        CALLEE, began_at=CALLEE.began_at - ago, seen_at=CALLEE.seen_at - ago, ended_at=CALLEE.ended_at - ago
    )
    assert [len(call.records) for call in join_ends((CALLER, CALLEE, earlier))] == [2, 1]
    assert [len(call.records) for call in join_ends((CALLER, earlier))] == [1, 1]


def test_a_phone_that_says_it_talks_to_a_third_one_is_not_the_other_end() -> None:
    elsewhere = replace(CALLEE, partner=(PhoneId("lobby"), (1, 0)))
    assert [len(call.records) for call in join_ends((CALLER, elsewhere))] == [1, 1]
    assert len(join_ends((CALLER, replace(CALLEE, partner=None)))) == 1, "it was found from one end"


def test_a_call_stays_one_while_its_ends_are_seen_to_end_one_after_the_other() -> None:
    calls, others = JoinedCalls(), [remembered(60 + minutes) for minutes in range(5)]
    up = [replace(end, is_up=True, ended_at=None) for end in (CALLER, CALLEE)]
    for records in ([*up, *others], [up[0], CALLEE, *others], [up[1], CALLER, *others], [CALLER, CALLEE, *others]):
        found = calls.calls(records)
        assert [len(call.records) for call in found] == [2, *[1] * 5]
        assert found[0].is_up is any(record.is_up for record in records)


def pair(number: int, minutes: int, *, is_up: bool) -> tuple[CallRecord, CallRecord]:
    names = PhoneId(f"a{number}"), PhoneId(f"b{number}")
    one, other = (
        replace(
            remembered(minutes), phone=name, partner=(names[1 - end], (1, 0)), is_up=is_up,
            call=replace(remembered().call, direction=tuple(CallDirection)[end]),
        )
        for end, name in enumerate(names)
    )  # fmt: skip
    return one, other


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans()), max_size=12), st.randoms(use_true_random=False)
)
def test_whatever_changes_the_calls_are_those_that_one_look_at_all_finds(
    spec: list[tuple[int, bool, bool]], random: st.DataObject
) -> None:
    kept, records = JoinedCalls(), list[CallRecord]()
    for place, (number, is_up, is_whole) in enumerate(spec):
        records += pair(number, 10 * place, is_up=is_up)[: 1 + is_whole]
        random.shuffle(records)  # type: ignore[attr-defined]  # a Random
        records.sort(key=lambda record: record.is_up, reverse=True)
        found = kept.calls(tuple(records))
        ids = sorted(record.id for call in found for record in call.records)
        assert ids == sorted(record.id for record in records), "none twice, none left out"
        assert len(found) == len(join_ends(records))
