"""Voice quality reports (RFC 6035) as phones write them, as the RFC has them, and as nobody should."""

import os
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from phonetui.errors import ProtocolError
from phonetui.phone.quality.voice_report import (
    PARAMETERS,
    MediaAddress,
    VoiceForm,
    VoiceMetrics,
    VoiceParty,
    VoiceQualityReport,
    VoiceReportKind,
    report_figures,
)
from phonetui.phone.quality.voice_report_text import (
    LONGEST_VALUE,
    MOST_BYTES,
    MOST_LINES,
    parse_voice_report,
    party,
    voice_report_text,
)
from phonetui.text import Printable, printable

FUZZ = int(os.environ.get("PHONETUI_VQ_FUZZ", "200"))
"""Messages; 100,000 is what is held to."""
START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)

WHOLE = b"""VQSessionReport: CallTerm
CallID: 6dg37f1890463@192.0.2.21
LocalID: "Lobby \\"west\\"" <sip:5001@pbx.example;user=phone>;tag=1
RemoteID: <sip:+4930%23123@pbx.example>
OrigID: <sip:5001@pbx.example>
LocalGroup: floor-1
RemoteGroup: floor-2
LocalAddr: IP=192.0.2.21 PORT=16384 SSRC=0x2468abcd
RemoteAddr: IP=[2001:db8::5] PORT=16390 SSRC=0x1357efff
LocalMAC: 00:00:5E:00:53:01
LocalMetrics:
Timestamps: START=2026-11-30T12:00:00Z STOP=2026-11-30T12:04:10.250Z
SessionDesc: PT=18 PD=G729 SR=8000 FD=20 FO=20 FPP=2 PPS=50 FMTP="annexb=no" PLC=3 SSUP=on
JitterBuffer: JBA=3 JBR=2 JBN=40 JBM=80 JBX=120
PacketLoss: NLR=5.0 JDR=2.0
BurstGapLoss: BLD=0.5 BD=140 GLD=2.0 GD=500 GMIN=16
Delay: RTD=200 ESD=140 SOWD=170 IAJ=2 MAJ=10
Signal: SL=-18 NL=-40 RERL=28
QualityEst: RLQ=82 RCQ=78 EXTRI=127 MOSLQ=3.8 MOSCQ=3.5 QoEEstAlg=P.564
RemoteMetrics:
Timestamps: START=2026-11-30T12:00:00Z STOP=2026-11-30T12:04:10Z
PacketLoss: NLR=0.0 JDR=0.0
DialogID: 6dg37f1890463@192.0.2.21;to-tag=2;from-tag=1
""".replace(b"\n", b"\r\n")


def texts(*words: str) -> tuple[Printable, ...]:
    return tuple(map(Printable, words))


def parsed(text: str) -> VoiceQualityReport:
    return parse_voice_report(text.replace("\n", "\r\n").encode())


def test_a_whole_report() -> None:
    report = parse_voice_report(WHOLE)
    assert (report.kind, report.is_last, report.is_outgoing) == (VoiceReportKind.SESSION, True, True)
    assert report.call_id == "6dg37f1890463@192.0.2.21"
    assert report.local_party == VoiceParty(*texts("sip:5001@pbx.example", "5001", 'Lobby "west"'))
    assert report.remote_party is not None
    assert report.remote_party.user == "+4930#123"
    assert report.local_address == MediaAddress(Printable("192.0.2.21"), 16384, Printable("0x2468abcd"))
    assert report.remote_address == MediaAddress(Printable("2001:db8::5"), 16390, Printable("0x1357efff"))
    assert (report.local_group, report.remote_group, report.local_mac) == ("floor-1", "floor-2", "00:00:5E:00:53:01")
    here = report.local
    assert (here.start_at, here.length_s) == (START, 250.25)
    assert (here.codec, here.format_options, here.silence_suppression) == ("G729", "annexb=no", "on")
    assert (here.loss_pct, here.discard_pct, here.burst_ms, here.gap_ms) == (5.0, 2.0, 140.0, 500.0)
    assert (here.round_trip_ms, here.end_system_ms, here.symmetric_one_way_ms, here.jitter_ms) == (200, 140, 170, 2)
    assert (here.signal_db, here.noise_db, here.echo_return_loss_db) == (-18, -40, 28)
    assert (here.r_lq, here.r_cq, here.mos_lq, here.mos_cq, here.estimator) == (82, 78, 3.8, 3.5, "P.564")
    assert here.r_external_in is None
    assert here.more == ()
    assert (report.remote.loss_pct, report.remote.codec) == (0.0, None)
    assert ("loss", "5.0 %", "0.0 %") in list(report_figures(report))
    assert ("gap", "500 ms", "") in list(report_figures(report))


def test_every_parameter_of_the_rfc_ends_in_a_field_of_its_own() -> None:
    known = {field.name for field in fields(VoiceMetrics)} - {"more"}
    assert [parameter.field for parameter in PARAMETERS] == [
        name for name in VoiceMetrics.__struct_fields__ if name != "more"
    ]
    assert len({parameter.name for parameter in PARAMETERS}) == len(PARAMETERS) == len(known)


def test_the_order_of_other_vendors_and_names_of_drafts() -> None:
    """As telephones of other makes write it: the parties within the block, extensions in between."""
    report = parsed("""VQSessionReport
LocalMetrics:
Timestamps:START=2026-02-17T13:59:42Z STOP=2026-02-17T13:59:46Z
CallID:3c26a8de500f-12ct7zov3kjs
x-UserAgent:phone/8.2
FromID:<sip:446@intern.example>
ToID:<sip:447@intern.example;user=phone>
x-SIPmetrics:SVA=RG SRD=310
PacketLoss:NLR=0.0 JDR=0.0
BurstGapLoss:BLD=0.0 BD=0 GLD=0.0 GD=65535 GMIN=16
Delay:RTD=0 ESD=0 IAJ=4
RemoteMetrics:
Delay:RTD=0 IAJ=2
""")
    assert report.local_party is not None
    assert report.remote_party is not None
    assert (report.local_party.user, report.remote_party.user) == ("446", "447")
    assert (report.local.round_trip_ms, report.local.end_system_ms, report.local.gap_ms) == (None, None, None)
    assert (report.local.loss_pct, report.local.burst_ms, report.local.jitter_ms) == (0.0, 0.0, 4.0)
    assert report.local.more == (("x-UserAgent", "phone/8.2"), ("SVA", "RG"), ("SRD", "310"))
    assert report.remote.jitter_ms == 2.0


def test_a_broken_line_an_equals_sign_and_other_letters() -> None:
    report = parsed("""vqsessionreport : callterm
CallID=2032863@192.0.2.1
LOCALID: sip:1000@192.0.2.1
localmetrics:
QualityEst: RLQ=93 MOSLQ=4.1
MOSCQ=4.10
packetloss: nlr=0.25
 jdr=1
""")
    assert (report.is_last, report.call_id) == (True, "2032863@192.0.2.1")
    assert report.local_party == VoiceParty(*texts("sip:1000@192.0.2.1", "1000"))
    assert (report.local.mos_lq, report.local.mos_cq) == (4.1, 4.1)
    assert (report.local.loss_pct, report.local.discard_pct) == (0.25, 1.0)


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("QualityEst: MOSLQ=0", "mos_lq", None),
        ("QualityEst: MOSLQ=127", "mos_lq", None),
        ("QualityEst: MOSLQ=41", "mos_lq", 4.1),
        ("QualityEst: RCQ=127", "r_cq", None),
        ("Signal: SL=127", "signal_db", None),
        ("Signal: SL=-31", "signal_db", -31.0),
        ("Delay: RTD=65535", "round_trip_ms", None),
        ("BurstGapLoss: GD=30000", "gap_ms", None),
        ("PacketLoss: NLR=0.0", "loss_pct", 0.0),
        ("PacketLoss: NLR=101", "loss_pct", None),
        ("PacketLoss: NLR=-1", "loss_pct", None),
        ("Timestamps: START=2026-11-30t12:00:00z", "start_at", START),
        ("Timestamps: START=2026-11-30T13:00:00+01:00", "start_at", START),
        ("Timestamps: START=2026-11-30T12:00:00", "start_at", START),
        ("Timestamps: START=0001-01-01T00:00:00+14:00", "start_at", None),
        ("Timestamps: START=yesterday", "start_at", None),
    ],
)
def test_what_a_value_says(written: str, field: str, value: Any) -> None:
    assert getattr(parsed(f"VQSessionReport\nCallID: 1\nLocalMetrics:\n{written}\n").local, field) == value


def test_a_value_that_cannot_be_read_is_kept_as_it_came() -> None:
    assert parsed("VQSessionReport\nCallID: 1\nPacketLoss: NLR=many\n").local.more == (("NLR", "many"),)


def test_alerts_and_intervals() -> None:
    alert = parsed("VQAlertReport: Type=RLQ Severity=Warning Dir=local\nCallID: 1\nLocalMetrics:\n")
    assert (alert.kind, alert.alert, alert.is_last) == (
        VoiceReportKind.ALERT,
        "Type=RLQ Severity=Warning Dir=local",
        False,
    )
    assert parsed("VQIntervalReport\nCallID: 1\n").kind is VoiceReportKind.INTERVAL
    assert parsed("VQIntervalReport: CallTerm\nCallID: 1\n").is_last


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"INVITE sip:a SIP/2.0\r\n",
        b"VQSessionReports\r\nCallID: 1\r\n",
        b"VQSessionReport\r\nLocalMetrics:\r\n",
        b"VQSessionReport\r\nCallID: 1\r\n" + b"x: y\r\n" * MOST_LINES,
        b"VQSessionReport\r\nCallID: " + b"1" * MOST_BYTES,
    ],
)
def test_what_is_no_report(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_voice_report(body)


def test_what_strangers_write_is_harmless_and_bounded() -> None:
    body = f'VQSessionReport\nCallID: \x1b]0;x\x07{"9" * 2000}\nRemoteID: "\x1b[31m\u202e" <sip:%1b%0a5@x>\nx: {"y" * 999}\n'
    report = parsed(body)
    assert report.call_id is not None
    assert len(report.call_id) == LONGEST_VALUE
    for words in (
        report.call_id,
        report.remote_party and report.remote_party.name,
        report.remote_party and report.remote_party.user,
    ):
        assert words
        assert printable(words) == words
    assert "\x1b" not in voice_report_text(report)


def test_a_name_without_anything_is_nobody() -> None:
    assert party("") is None
    assert party("<>") is None
    assert party("tel:+49301") == VoiceParty(*texts("tel:+49301"))
    assert party("Bob <sip:bob@x>") == VoiceParty(*texts("sip:bob@x", "bob", "Bob"))


words = st.text(st.characters(codec="ascii", categories=("Lu", "Ll", "Nd")), min_size=1, max_size=12).map(Printable)
moments = st.integers(0, 10**8).map(lambda s: START + timedelta(seconds=s))
VALUES: dict[VoiceForm, st.SearchStrategy[Any]] = {
    VoiceForm.TEXT: words,
    VoiceForm.INTEGER: st.integers(0, 10**6),
    VoiceForm.NUMBER: st.integers(0, 10**4).map(float),
    VoiceForm.PERCENT: st.integers(0, 1000).map(lambda tenths: tenths / 10),
    VoiceForm.MILLISECONDS: st.integers(0, 60_000).map(float),
    VoiceForm.DELAY: st.integers(1, 60_000).map(float),
    VoiceForm.GAP: st.integers(0, 29_999).map(float),
    VoiceForm.LEVEL: st.integers(-120, 120).map(float),
    VoiceForm.RATING: st.integers(1, 120).map(float),
    VoiceForm.SCORE: st.integers(10, 49).map(lambda tenths: tenths / 10),
    VoiceForm.MOMENT: moments,
}
metrics = st.fixed_dictionaries({}, optional={parameter.field: VALUES[parameter.form] for parameter in PARAMETERS}).map(
    lambda found: VoiceMetrics(**found)
)


@settings(max_examples=40)
@given(metrics, metrics, st.sampled_from(VoiceReportKind), words, words, st.booleans())
def test_what_is_written_is_read_again(
    here: VoiceMetrics, there: VoiceMetrics, kind: VoiceReportKind, call_id: Printable, user: Printable, is_last: bool
) -> None:
    who = VoiceParty(printable(f"sip:{user}@pbx.example"), user, printable('A "b" \\c'))
    is_alert = kind is VoiceReportKind.ALERT
    report = VoiceQualityReport(
        kind=kind, is_last=is_last and not is_alert, call_id=call_id, local=here, remote=there, local_party=who,
        remote_party=who, origin=who, local_address=MediaAddress(Printable("192.0.2.1"), 5, Printable("0x00000001")),
        remote_address=MediaAddress(Printable("192.0.2.2"), 6, Printable("0x00000002")),
        local_group=user, dialog_id=call_id, alert=Printable("Type=NLR Severity=Warning Dir=local") if is_alert else None,
    )  # fmt: skip
    assert parse_voice_report(voice_report_text(report).encode()) == report


def test_no_message_does_any_harm() -> None:
    """Whole reports with bytes changed, cut, doubled, and lines moved: read or refused, never anything else."""
    random = Random(6035)
    taken = 0
    for _ in range(FUZZ):
        body = bytearray(WHOLE)
        for _ in range(random.randrange(1, 12)):
            at, length = random.randrange(len(body) or 1), random.randrange(1, 40)
            match random.randrange(5):
                case 0:
                    body[at : at + 1] = bytes([random.randrange(256)])
                case 1:
                    del body[at : at + length]
                case 2:
                    body[at:at] = body[at : at + length] * random.randrange(1, 30)
                case 3:
                    body[at:at] = random.choice(
                        [b"\r\n", b'"', b"<", b"=", b":", b"\x00", b"\xff\xfe", b" ", b";", b"%0"]
                    )
                case _:
                    lines = bytes(body).split(b"\r\n")
                    random.shuffle(lines)
                    body = bytearray(b"\r\n".join([WHOLE.split(b"\r\n")[0], *lines]))
        try:
            report = parse_voice_report(bytes(body))
        except ProtocolError:
            continue
        taken += 1
        assert parse_voice_report(voice_report_text(report).encode()).kind is report.kind
        list(report_figures(report))
    assert taken > FUZZ / 10
