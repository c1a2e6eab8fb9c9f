"""Directions, patterns, comparisons and files of results: values in, words out."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from phonetui.errors import ConfigError
from phonetui.mesh.direction import DirectionFigures, Verdict, direction
from phonetui.mesh.mesh_call import CallFault, CallReading
from phonetui.mesh.patterns import patterns
from phonetui.mesh.plan import MeshLimits, MeshPhone, MeshPlan
from phonetui.mesh.result import MeshResult, begin, compare, not_run
from phonetui.mesh.result_file import parse, text
from phonetui.mesh.round_robin import schedule
from phonetui.phone.state import Call, Phase, PhoneId
from phonetui.text import printable

A, B = PhoneId("a"), PhoneId("b")
AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def readings(lost_pct: float = 0.0, *, seconds: int = 26, silent: bool = False, **fields: object) -> list[CallReading]:
    """One every two seconds of a talk at 50 packets a second."""
    found = []
    for at in range(0, seconds, 2):
        sent = 50 * at
        lost = round(sent * lost_pct / 100)
        call = Call(
            1, 0, phase=Phase.TALK, decoder=printable("G722"), duration_s=float(at), packets_sent=sent,
            packets_received=0 if silent else sent - lost, lost_packets=0 if silent else lost, discarded_packets=0,
            jitter_ms=3.0, round_trip_ms=20.0, **fields,  # type: ignore[arg-type]
        )  # fmt: skip
        found.append(CallReading(100.0 + at, call))
    return found


def judged(heard: list[CallReading], sent: list[CallReading] | None = None) -> DirectionFigures:
    return direction(A, B, sent if sent is not None else readings(), heard, MeshLimits(), talked_s=25.0)


def test_loss_is_of_all_packets_of_the_talk() -> None:
    found = judged(readings(4.0))
    assert (found.verdict, found.lost, found.received) == (Verdict.CRITICAL, 48, 1152)
    assert found.loss_pct == pytest.approx(4.0)
    assert found.words == "loss 4.0 %, MOS est 3.99"
    assert sum(one.lost or 0 for one in found.intervals) == 48


@pytest.mark.parametrize(("lost_pct", "verdict"), [(0.0, Verdict.OK), (2.0, Verdict.WARN), (3.5, Verdict.CRITICAL)])
def test_limits_make_verdicts(lost_pct: float, verdict: Verdict) -> None:
    assert judged(readings(lost_pct)).verdict is verdict


def test_silence_is_one_way_audio_only_where_the_other_end_sent() -> None:
    found = judged(readings(silent=True))
    assert (found.verdict, found.is_silent, found.words) == (Verdict.CRITICAL, True, "no audio: 0 of 1200 packets came")
    paused = [CallReading(one.at, replace(one.call, packets_sent=40)) for one in readings()]
    assert judged(readings(silent=True), paused).verdict is Verdict.UNKNOWN


def test_what_is_too_short_or_uncounted_is_unknown() -> None:
    short = direction(A, B, readings(), readings(seconds=6), MeshLimits(), talked_s=6.0)
    assert short.verdict is Verdict.UNKNOWN
    assert short.words == "too little to judge: 6 s of 10 s, 200 of 500 packets"
    uncounted = [CallReading(one.at, replace(one.call, packets_received=None)) for one in readings()]
    assert judged(uncounted).verdict is Verdict.UNKNOWN
    assert judged([]).words == "the phone was not read in talk"


def test_the_phone_s_own_score_goes_before_ours() -> None:
    found = judged(readings(mos_cq=3.2, r_factor=62.0))
    assert (found.mos, found.mos_source, found.verdict) == (3.2, "phone-cq", Verdict.CRITICAL)
    contradictory = judged(readings(mos_cq=1.2, r_factor=92.0))
    assert contradictory.mos_source == "estimate"


def result_of(
    bad: dict[tuple[str, str], float], count: int = 9, silent: tuple[tuple[str, str], ...] = ()
) -> MeshResult:
    """Three sites of three phones: the directions of `bad` lose so many percent."""
    phones = tuple(
        MeshPhone(PhoneId(f"p{place}"), printable(f"50{place}"), printable(["HQ", "Branch", "Dock"][place // 3]))
        for place in range(count)
    )
    plan = MeshPlan(name=printable("test"), phones=phones)
    result = begin(plan, schedule(plan), AT)
    for call in result.calls:
        ends = {}
        for name, one in (("there", call.there), ("back", call.back)):
            way = (one.speaker, one.listener)
            heard = readings(bad.get(way, 0.0), silent=way in silent)
            ends[name] = direction(*way, readings(), heard, MeshLimits(), talked_s=25.0)
        result = result.with_call(replace(call, is_over=True, **ends))
    return result


def words_of(result: MeshResult) -> list[str]:
    return [str(pattern) for pattern in patterns(result)]


HQ, BRANCH, DOCK = ("p0", "p1", "p2"), ("p3", "p4", "p5"), ("p6", "p7", "p8")


def test_a_site_s_inbound_is_named() -> None:
    bad = {(one, other): 4.0 for one in (*HQ, *DOCK) for other in BRANCH}
    assert words_of(result_of(bad)) == [
        "Everything towards Branch is poor (18 of 18 directions, loss 4.0 %): look at Branch's inbound path"
    ]


def test_a_phone_and_a_path_are_named() -> None:
    bad = {(one, "p7"): 6.0 for one in (*HQ, *BRANCH, "p6", "p8")} | {
        (one, other): 3.5 for one in HQ for other in BRANCH
    }
    assert words_of(result_of(bad)) == [
        "Everything from HQ to Branch is poor (9 of 9 directions, loss 3.5 %): look at the path between the two",
        "Everything towards p7 is poor (8 of 8 directions, loss 6.0 %): look at its port, cable, VLAN and QoS",
    ]


def test_a_single_direction_stands_for_itself() -> None:
    found = words_of(result_of({}, silent=(("p0", "p4"),)))
    assert len(found) == 1
    assert found[0].startswith("p0 → p4 has no audio (0 of 1200 packets came): one-way audio")
    assert words_of(result_of({})) == []


def test_calls_that_could_not_be_made_are_counted_by_phone() -> None:
    result = result_of({})
    for call in result.calls:
        if "p3" in (call.caller, call.callee):
            result = result.with_call(not_run(call, CallFault.BUSY, "p3 is in a call (Connected)", PhoneId("p3")))
    assert words_of(result) == ["p3 was in a call of its own (8 of its 8 calls)"]
    assert result.counts == {Verdict.OK: 56, Verdict.NOT_RUN: 16}
    assert not result.is_good


def test_a_file_gives_the_result_back() -> None:
    result = result_of({("p0", "p3"): 4.0}, count=4, silent=(("p1", "p2"),))
    again = parse(text(result), "kept.json")
    assert again.counts == result.counts
    assert [one.words for one in again.directions] == [one.words for one in result.directions]
    assert compare(result, again).changes == ()


@pytest.mark.parametrize(
    "broken", ["", "[]", '{"type":"mesh"}', '{"type":"mesh","version":2}', '{"type":"mesh","version":1}', "[" * 9999]
)
def test_a_file_that_is_none_is_refused(broken: str) -> None:
    with pytest.raises(ConfigError, match=r"kept\.json"):
        parse(broken, "kept.json")


def test_escape_codes_in_a_file_are_made_harmless() -> None:
    result = replace(result_of({}, count=2), name=printable("x"))
    hostile = text(result).replace('"name":"x"', '"name":"\\u001b[2J"')
    assert "\x1b" not in parse(hostile, "kept.json").name


def test_a_comparison_says_what_became_worse_and_better() -> None:
    before = result_of({("p0", "p3"): 6.0}, count=4)
    after = result_of({("p0", "p1"): 2.0}, count=4, silent=(("p1", "p2"),))
    found = compare(before, after)
    assert (found.compared, found.worse, len(found.changes)) == (12, 2, 3)
    lines = [str(change) for change in found.changes]
    assert "p1 → p2: new one-way audio, ok → critical" in lines
    assert any(line.startswith("p0 → p3: +0.6 MOS, critical → ok") for line in lines), lines
    assert str(found).startswith("12 directions compared: 2 worse, 1 better")
