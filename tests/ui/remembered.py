"""Made-up calls that are remembered: one that is up, one that went badly, and every way in which a call can end."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.calls.call_record import CallRecord, CallStep
from phonetui.phone.calls.call_series import CallSeries
from phonetui.phone.calls.voice_report_match import PendingReport, unseen_call
from phonetui.phone.measure import Grade, Shares, WorstWindow
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.quality.voice_report import VoiceMetrics, VoiceParty, VoiceQualityReport, VoiceReportKind
from phonetui.phone.quality.voice_report_text import parse_voice_report
from phonetui.phone.state import Call, CallDirection, Phase, PhoneId
from phonetui.text import Printable, printable
from tests.ui.office import NOW, FakeFleet, office, talk

NORMAL = (("CauseCode", "200"), ("CauseString", "Normal"), ("Duration", "00:15:25"), ("MOSCQ", "3.2"))
NEXT = ("desk-31", "desk-32", "bergen-1", "lobby")


def remembered(minutes: float = 60, **more: Any) -> CallRecord:
    """A call that began so many minutes ago and ended normally after a minute and a half."""
    began = NOW - timedelta(minutes=minutes)
    known: dict[str, Any] = {
        "phone": PhoneId("lobby"),
        "model": Printable("DP-9851"),
        "version": Printable("PHONEOS.3-6-1-0001-45"),
        "call": talk(duration_s=87.0, remote_name=Printable("Back Office"), remote_number=Printable("5003")),
        "began_at": began,
        "answered_at": began + timedelta(seconds=6),
        "seen_at": began + timedelta(seconds=93),
        "ended_at": began + timedelta(seconds=93),
        "is_up": False,
        "steps": (
            CallStep(Phase.ALERTING, began, Printable("Ringing")),
            CallStep(Phase.TALK, began + timedelta(seconds=6), Printable("Connected")),
        ),
        "grade": Grade.GOOD,
        "shares": Shares(good_s=80.0),
        "worst": WorstWindow(began + timedelta(seconds=40), 10.0, 0.4, 0.4, 17.0, 4.2),
        "loss_pct": 0.1,
        "discard_pct": 0.0,
        "highest_jitter_ms": 17.0,
        "highest_round_trip_ms": 96.0,
        "cause": Printable("Normal"),
        "cause_code": Printable("200"),
        "final": tuple((printable(name), printable(value)) for name, value in NORMAL),
    }
    return CallRecord(**(known | more))


def troubled() -> CallRecord:
    """A quarter of an hour, a third of it bad; its other end is remembered too."""
    began = NOW - timedelta(minutes=42)

    def after(seconds: float) -> Any:
        return began + timedelta(seconds=seconds)

    steps = (
        CallStep(Phase.SETUP, began, Printable("Dialing")),
        CallStep(Phase.SETUP, after(4), Printable("Proceeding")),
        CallStep(Phase.TALK, after(11), Printable("Connected")),
        CallStep(Phase.HELD, after(400), Printable("Hold")),
        CallStep(Phase.TALK, after(520), Printable("Connected")),
    )
    loss = Alert(
        phone=PhoneId("reception"), id=AlertId.LOSS, subject="line 1 call 0", severity=Severity.CRITICAL,
        text=Printable("line 1 call 0 loses 12.5 % of what it should hear, limit 5 %"), raised_at=after(602), cleared_at=after(640),
    )  # fmt: skip
    port = Alert(
        phone=PhoneId("reception"), id=AlertId.PORT_ERRORS, subject="port 1", severity=Severity.FAIR,
        text=Printable("port 1 counted 14 CRC errors in 10 s"), raised_at=after(596),
    )  # fmt: skip
    call = talk(
        direction=CallDirection.OUTGOING, duration_s=925.0, remote_name=Printable("Desk 31"), remote_number=Printable("5012"), jitter_ms=22,
        lost_packets=1480, discarded_packets=96, packets_received=38_804, packets_sent=40_284, mos_cq=3.2, mos_lq=3.4, r_factor=64,
        loss_rate=Printable("3"), discard_rate=Printable("0"),
    )  # fmt: skip
    hint = "port 1 counts CRC errors while received packets are lost: check the cabling of port 1"
    return remembered(
        42, phone=PhoneId("reception"), model=Printable("DP-9861"), call=call, answered_at=after(11), seen_at=after(936), ended_at=after(936),
        steps=steps, grade=Grade.GOOD, shares=Shares(520.0, 90.0, 120.0, 60.0), worst=WorstWindow(after(604), 10.0, 14.2, 12.5, 61.0, 1.9),
        loss_pct=3.7, discard_pct=0.2, highest_jitter_ms=61.0, highest_round_trip_ms=118.0, alerts=(port, loss),
        hints=(Printable(hint),), partner=(PhoneId("desk-31"), (1, 0)),
    )  # fmt: skip


def course(began: datetime) -> CallSeries:
    """Of the same call: a quarter of an hour in columns of eight seconds, with a hold in it."""
    return CallSeries(
        began, 8.0, mos=Printable("- 44*47 -*15 44*12 36*3 19*2 28*6 43*29"), loss_pct=Printable("- 0*47 -*15 1*12 30*3 125*2 61*6 4*29"),
        discard_pct=Printable("- 0*47 -*15 0*15 17*2 0*35"), jitter_ms=Printable("2 9*47 -*15 11*12 38*3 61*2 40*6 12*29"),
        round_trip_ms=Printable("-*2 96*46 -*15 101*15 118*8 97*29"),
    )  # fmt: skip


def other_end_of(record: CallRecord) -> CallRecord:
    call = talk(
        direction=CallDirection.INCOMING, duration_s=925.0, remote_name=Printable("Reception"), remote_number=Printable("5010"), jitter_ms=3,
        lost_packets=2, discarded_packets=0, packets_received=40_280, packets_sent=40_284, mos_cq=4.3, mos_lq=4.4, r_factor=91,
    )  # fmt: skip
    return replace(
        record, phone=PhoneId("desk-31"), model=Printable("DP-9841"), call=call, shares=Shares(790.0), grade=Grade.GOOD, alerts=(), hints=(),
        worst=WorstWindow(record.began_at, 10.0, 0.2, 0.2, 4.0, 4.4), loss_pct=0.0, highest_jitter_ms=4.0, partner=(record.phone, record.key),
        series=CallSeries(record.began_at, 8.0, mos=Printable("- 44*115"), loss_pct=Printable("- 0*60 2 0*54"), jitter_ms=Printable("3*116")),
    )  # fmt: skip


def past() -> tuple[CallRecord, ...]:
    """Newest first, one that is up on top."""
    up = remembered(
        103 / 60, call=talk(), seen_at=NOW, ended_at=None, is_up=True, shares=Shares(92.0), final=(), cause=None, cause_code=None
    )  # fmt: skip
    bad = replace(troubled(), series=course(troubled().began_at))
    missed = remembered(
        20, call=Call(1, 0, Printable("Ringing"), Phase.ALERTING, direction=CallDirection.INCOMING, remote_number=Printable("+47 22 00 00 00")),
        answered_at=None, steps=(), grade=Grade.UNKNOWN, shares=Shares(), worst=None, cause=Printable("Request Terminated"),
        cause_code=Printable("487"),
    )  # fmt: skip
    busy = replace(
        missed, began_at=NOW - timedelta(minutes=30), cause=Printable("Busy Here"), cause_code=Printable("486"),
        call=replace(missed.call, direction=CallDirection.OUTGOING, remote_number=Printable("5077")), phone=PhoneId("desk-32"),
    )  # fmt: skip
    lost = remembered(90, phone=PhoneId("bergen-1"), ended_at=None, final=(), cause=None, cause_code=None, grade=Grade.FAIR,
        shares=Shares(20.0, 60.0), worst=WorstWindow(NOW - timedelta(minutes=90), 10.0, 2.1, 1.9, 38.0, 3.9),
    )  # fmt: skip
    unheard = remembered(120, phone=PhoneId("desk-34"), final=(), cause=None, cause_code=None)
    silent = remembered(
        200, phone=PhoneId("bergen-2"), grade=Grade.UNKNOWN, shares=Shares(), worst=None, loss_pct=None, discard_pct=None,
        highest_jitter_ms=None, highest_round_trip_ms=None, call=Call(2, 1, Printable("Connected"), Phase.TALK, duration_s=12.0),
    )  # fmt: skip
    older = tuple(remembered(300 + 97 * number, phone=PhoneId(NEXT[number % 4])) for number in range(40))
    return (up, missed, busy, bad, other_end_of(bad), lost, unheard, silent, *older)


VOICE_REPORT = """VQSessionReport: CallTerm
CallID: 7a5c9e01d2@192.0.2.21
LocalID: "Lobby" <sip:5001@pbx.example>
RemoteID: <sip:5077@pbx.example>
OrigID: <sip:5001@pbx.example>
LocalMetrics:
Timestamps: START=2026-11-21T11:40:02Z STOP=2026-11-21T11:40:09Z
SessionDesc: PT=9 PD=G722 SR=8000 FD=20 PPS=50
JitterBuffer: JBA=3 JBN=40 JBM=80
PacketLoss: NLR=2.4 JDR=0.3
BurstGapLoss: BLD=31.0 BD=140 GLD=0.2 GD=1800 GMIN=16
Delay: RTD=48 ESD=61 IAJ=9
QualityEst: RCQ=78 MOSLQ=3.9 MOSCQ=3.8 x-Model=mine
RemoteMetrics:
PacketLoss: NLR=0.0 JDR=0.0
Delay: RTD=48 IAJ=3
"""


def reported() -> CallRecord:
    """A call between two readings: known by the phone's own report alone."""
    pending = PendingReport(parse_voice_report(VOICE_REPORT.encode()), 0.0, NOW)
    record = unseen_call(office().phones[PhoneId("lobby")], pending, DEFAULT)
    assert record is not None
    return record


def remembering(**more: Any) -> FakeFleet:
    return office(records=past(), **more)


def babbling(word: Printable) -> FakeFleet:
    """A fleet whose calls say `word` wherever a stranger can say anything."""
    call = talk(
        state=word, encoder=word, decoder=word, remote_name=word, remote_number=word, loss_rate=word, discard_rate=word
    )
    bad = troubled()
    alerts = tuple(replace(alert, text=word) for alert in bad.alerts)
    said = replace(
        bad, phone=PhoneId(word), model=word, version=word, call=call, cause=word, cause_code=word, final=((word, word), (word, word)),
        reports=(_babbled(word),), alerts=alerts, hints=(word,), steps=tuple(replace(step, state=word) for step in bad.steps),
    )  # fmt: skip
    up = replace(said, is_up=True, ended_at=None, final=(), began_at=NOW - timedelta(minutes=2))
    return office(records=(up, said), unkept=word)


def _babbled(word: Printable) -> VoiceQualityReport:
    who = VoiceParty(word, word, word)
    metrics = VoiceMetrics(codec=word, estimator=word, more=((word, word),))
    return VoiceQualityReport(
        kind=VoiceReportKind.ALERT, call_id=word, local=metrics, remote=metrics, local_party=who, remote_party=who, alert=word
    )  # fmt: skip
