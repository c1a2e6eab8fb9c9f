"""A call's readings one after another: when it is judged, what interrupts it, what a reading is worth."""

import pytest
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import is_another
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import Call, Phase
from phonetui.text import printable
from tests.phone.quality.conversation import TALK, Conversation, Desk, Weather

LOSSY = Weather(loss=0.1)


def held(call: Call) -> Call:
    return replace(call, phase=Phase.HELD, state=printable("Hold"))


def test_measuring_until_500_packets_and_10_seconds() -> None:
    grades = [measure.grade for measure in Desk().follow(Conversation(), 16)]
    assert grades == [Grade.MEASURING] * 5 + [Grade.GOOD] * 3  # from the second reading on 100 packets each


def test_narrow_codecs_are_measured_for_30_seconds() -> None:
    grades = [measure.grade for measure in Desk().follow(Conversation("G729a"), 36)]
    assert grades == [Grade.MEASURING] * 15 + [Grade.GOOD] * 3


def test_figures_are_judged_while_it_is_still_measuring() -> None:
    measure = Desk().follow(Conversation(), 8)[-1]
    assert {judged.metric for judged in measure.judged} >= {Metric.LOSS, Metric.JITTER, Metric.DELAY}
    assert (measure.measured_s, measure.measured_packets) == (6.0, 300)


def test_no_figures_are_unknown_and_never_good() -> None:
    measure = [Desk().take(2.0 * n, TALK) for n in range(20)][-1]
    assert (measure.grade, measure.judged, measure.loss_pct, measure.mos) == (Grade.UNKNOWN, (), None, None)


def test_packets_that_come_alone_are_unknown() -> None:
    desk = Desk()
    grades = [
        desk.take(2.0 * n, replace(TALK, packets_received=100 * n, packets_sent=100 * n)).grade for n in range(10)
    ]
    assert grades == [Grade.MEASURING] * 5 + [Grade.UNKNOWN] * 5


def test_without_counters_the_phones_score_stands_alone() -> None:
    desk = Desk()
    measures = [desk.take(2.0 * n, replace(TALK, mos_cq=3.3, duration_s=2.0 * n)) for n in range(8)]
    assert [measure.grade for measure in measures] == [Grade.MEASURING] * 5 + [Grade.POOR] * 3
    assert (measures[-1].mos, measures[-1].mos_source, measures[-1].estimate) == (3.3, "phone-cq", None)
    assert measures[-1].shares.poor_s == 6.0


def test_figures_are_of_the_last_ten_seconds() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.weather = LOSSY
    measures = desk.follow(conversation, 12)
    assert [measure.loss_pct for measure in measures] == [2.0, 4.0, 6.0, 8.0, 10.0, 10.0]
    assert (measures[0].discard_pct, measures[0].window_s) == (0.0, 10.0)
    assert (measures[0].sent_per_s, measures[0].received_per_s) == (50.0, 49.0)
    conversation.weather = Weather()
    assert [measure.loss_pct for measure in desk.follow(conversation, 10)] == [8.0, 6.0, 4.0, 2.0, 0.0]


def test_the_first_interval_gives_no_rate() -> None:
    """Counters may have been counted long before they were first read."""
    desk, old = Desk(), replace(TALK, packets_received=0, packets_sent=0, lost_packets=0)
    first = replace(old, packets_received=387, packets_sent=349)
    desk.take(0.0, old)
    measure = desk.take(1.0, first)
    assert (measure.sent_per_s, measure.received_per_s, measure.loss_pct) == (None, None, 0.0)
    measure = desk.take(3.0, replace(first, packets_received=487, packets_sent=449))
    assert (measure.sent_per_s, measure.received_per_s) == (50.0, 50.0)


def test_a_figure_and_its_grade_differ_only_while_readings_do_not_agree() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.weather = Weather(jitter_ms=80.0)
    begins = desk.follow(conversation, 2)[-1].judgement(Metric.JITTER)
    assert begins is not None
    assert (begins.grade, begins.earned, begins.is_worsening) == (Grade.GOOD, Grade.FAIR, True)
    desk.follow(conversation, 10)
    conversation.weather = Weather()
    ends = [measure.judgement(Metric.JITTER) for measure in desk.follow(conversation, 6)]
    assert [(one.grade, one.is_recovering, one.holds_s) for one in ends if one] == [
        (Grade.FAIR, True, 4.0), (Grade.FAIR, True, 2.0), (Grade.GOOD, False, None),
    ]  # fmt: skip


def test_a_call_has_one_source_of_its_score() -> None:
    """The phone's mean of the whole call stays the call's score; what our estimate says of now is another figure."""
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 60)
    conversation.weather = LOSSY
    bad = desk.follow(conversation, 20)
    assert {measure.mos_source for measure in bad} == {"phone-cq"}
    assert bad[-1].mos is not None
    assert bad[-1].estimate is not None
    assert bad[-1].estimate < bad[-1].mos
    assert bad[-1].judgement(Metric.MOS) is None
    assert bad[-1].judgement(Metric.ESTIMATE) is not None


def test_a_score_that_is_left_out_once_is_not_replaced() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.wait(2.0)
    gap = desk.take(conversation.at, replace(conversation.reading(), mos_cq=None))
    assert (gap.mos, gap.mos_source) == (None, "phone-cq")
    for _ in range(6):
        conversation.wait(2.0)
        gone = desk.take(conversation.at, replace(conversation.reading(), mos_cq=None))
    assert (gone.mos, gone.mos_source) == (gone.estimate, "estimate")


def test_a_reading_that_is_no_newer_changes_nothing_but_the_time() -> None:
    desk, conversation = Desk(), Conversation()
    before = desk.follow(conversation, 20)[-1]
    for later in (20.3, 21.0, 22.0):
        measure = desk.take(later, conversation.reading())
        assert desk.tally is not None
        assert not desk.tally.is_sample
        assert measure == replace(before, measured_s=later - 2.0)


def test_readings_right_after_one_another_are_one_sample() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.weather = LOSSY
    samples = 0
    for _ in range(10):
        conversation.wait(0.1)
        desk.take(conversation.at, conversation.reading())
        assert desk.tally is not None
        samples += desk.tally.is_sample
    assert samples == 2


@pytest.mark.parametrize("every_s", [0.5, 1.0, 2.0])
def test_a_phone_that_counts_every_five_seconds_neither_stalls_nor_falls_silent(every_s: float) -> None:
    desk, conversation, shown = Desk(), Conversation(), TALK
    measures = []
    for at, call in conversation.readings(60, every_s):
        shown = replace(call if at % 5 < every_s else shown, duration_s=call.duration_s)
        measures.append(desk.take(at, shown))
    assert {(measure.no_receive_s, measure.no_media_s) for measure in measures[20:]} == {(0.0, 0.0)}
    assert {measure.loss_pct for measure in measures[20:]} == {0.0}
    assert measures[-1].grade is Grade.GOOD


def test_a_call_that_fell_silent_has_no_figures_of_now() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.weather = Weather(comes=False, goes=False)
    silent = desk.follow(conversation, 20)
    assert {measure.grade for measure in silent[:5]} == {Grade.GOOD}
    assert {measure.grade for measure in silent[5:]} == {Grade.UNKNOWN}
    last = silent[-1]
    assert (last.no_receive_s, last.no_media_s, last.loss_pct, last.judged) == (0.0, 20.0, None, ())


def test_one_way_audio_is_told_before_there_is_enough_to_judge_by() -> None:
    desk, conversation = Desk(), Conversation()
    conversation.weather = Weather(comes=False)
    measures = desk.follow(conversation, 10)
    assert [measure.grade for measure in measures] == [Grade.MEASURING] * 3 + [Grade.POOR] * 2
    assert measures[-1].no_receive_s == 8.0


def test_who_is_held_by_the_far_end_hears_nothing_and_that_is_no_stall() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.weather = Weather(comes=False)
    for at, call in conversation.readings(20, 2.0):
        measure = desk.take(at, replace(call, remote_hold=True))
        assert (measure.no_receive_s, measure.grade) == (0.0, Grade.GOOD)


def test_held_calls_are_not_judged_and_resume_begins_anew() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    measure = desk.take(22.0, held(conversation.reading()))
    assert (measure.grade, measure.judged, measure.loss_pct) == (Grade.UNKNOWN, (), None)
    conversation.at = 40.0
    measure = desk.take(40.0, conversation.reading())
    assert (measure.grade, measure.measured_packets, measure.measured_s) == (Grade.MEASURING, 0, 0.0)


def test_counters_that_begin_anew_begin_a_new_baseline() -> None:
    desk, conversation = Desk(), Conversation()
    before = desk.follow(conversation, 20)[-1]
    reset = Conversation()
    reset.at = 20.0
    after = desk.follow(reset, 2)[-1]
    assert (before.grade, after.grade, after.measured_packets) == (Grade.GOOD, Grade.MEASURING, 0)
    assert after.shares == before.shares


def test_the_phones_rates_are_shown_in_percent_once_their_unit_is_known() -> None:
    call = replace(TALK, loss_rate=printable("64"), discard_rate=printable("0"))
    assert Desk().take(0.0, call).phone_loss_pct is None
    measure = Desk(scale=LossRateUnit.RFC3611).take(0.0, call)
    assert (measure.phone_loss_pct, measure.phone_discard_pct) == (25.0, 0.0)


@pytest.mark.parametrize(
    ("before", "after", "another"),
    [
        ({"phase": Phase.TALK}, {"phase": Phase.ALERTING}, True),
        ({"phase": Phase.HELD}, {"phase": Phase.SETUP}, True),
        ({"phase": Phase.ALERTING}, {"phase": Phase.TALK}, False),
        ({"phase": Phase.HELD}, {"phase": Phase.TALK}, False),
        ({"duration_s": 60.0}, {"duration_s": 3.0}, True),
        ({"duration_s": 60.0}, {"duration_s": 59.0}, False),  # cut to whole seconds, and the phone's clock was set
        ({"duration_s": 60.0}, {"duration_s": 58.0}, False),  # all of it
        ({"duration_s": 60.0}, {"duration_s": 57.0}, True),
        ({"duration_s": 60.0}, {"duration_s": None}, False),
        ({"remote_number": printable("201")}, {"remote_number": printable("202")}, False),
    ],
)
def test_another_call_in_the_slot(before: dict[str, object], after: dict[str, object], another: bool) -> None:
    assert is_another(replace(TALK, **before), replace(TALK, **after)) is another
