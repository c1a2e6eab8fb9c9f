"""RTP, RTCP and VoIP metrics: what is written is read, and what is broken is an error of ours."""

import contextlib
import struct
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from phonetui.errors import ProtocolError
from phonetui.simulator.media import rtcp, rtp
from phonetui.simulator.media.reception import CODECS, Reception, Scores
from phonetui.simulator.media.rtcp import (
    Description,
    ExtendedReport,
    ReceiverReport,
    Report,
    ReportBlock,
    SenderReport,
)
from phonetui.simulator.media.rtp import RtpSender

from .rtcp_decoder import decode_compound

bytes_of_8, bytes_of_16, bytes_of_32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))

packets = st.builds(
    rtp.RtpPacket,
    payload_type=st.integers(0, 127),
    sequence=bytes_of_16,
    timestamp=bytes_of_32,
    ssrc=bytes_of_32,
    payload=st.binary(max_size=200),
    marker=st.booleans(),
)
blocks = st.builds(
    ReportBlock,
    ssrc=bytes_of_32,
    fraction_lost=bytes_of_8,
    lost=st.integers(-(2**23), 2**23 - 1),
    highest=bytes_of_32,
    jitter=bytes_of_32,
    last_report=bytes_of_32,
    delay=bytes_of_32,
)
metrics = st.builds(
    rtcp.VoipMetrics,
    ssrc=bytes_of_32,
    **{
        name: bytes_of_16 if name.endswith("_ms") else bytes_of_8
        for name in rtcp.VoipMetrics.__struct_fields__
        if name != "ssrc"
    },
)
some_blocks = st.lists(blocks, max_size=31).map(tuple)
reports: st.SearchStrategy[Report] = st.one_of(
    st.builds(
        SenderReport,
        ssrc=bytes_of_32,
        ntp=st.integers(0, 2**64 - 1),
        timestamp=bytes_of_32,
        packets=bytes_of_32,
        octets=bytes_of_32,
        blocks=some_blocks,
    ),
    st.builds(ReceiverReport, ssrc=bytes_of_32, blocks=some_blocks),
    st.builds(Description, ssrc=bytes_of_32, cname=st.binary(min_size=1, max_size=255)),
    st.builds(ExtendedReport, ssrc=bytes_of_32, blocks=st.lists(metrics, max_size=3).map(tuple)),
)
compounds = st.lists(reports, min_size=1, max_size=4)


@given(packets)
def test_speech_is_read_as_it_was_written(packet: rtp.RtpPacket) -> None:
    assert rtp.decode(packet.encode()) == packet


@given(compounds)
def test_reports_are_read_as_they_were_written(written: list[Report]) -> None:
    datagram = rtcp.encode(written)
    assert len(datagram) % 4 == 0
    assert decode_compound(datagram) == tuple(written)
    own = tuple(report for report in written if isinstance(report, SenderReport | ReceiverReport))
    assert rtcp.decode_compound(datagram) == own


@given(
    packets, st.lists(bytes_of_32, max_size=15), st.binary(max_size=12).map(lambda words: words[: len(words) // 4 * 4])
)
def test_what_we_never_send_is_skipped(packet: rtp.RtpPacket, sources: list[int], extension: bytes) -> None:
    """Contributing sources, a header extension and padding, as RFC 3550 §5 has them."""
    plain = packet.encode()
    header = (
        bytes((plain[0] | 0x30 | len(sources),)) + plain[1:12] + b"".join(struct.pack(">I", one) for one in sources)
    )
    extended = header + struct.pack(">HH", 0xBEDE, len(extension) // 4) + extension
    assert rtp.decode(extended + packet.payload + b"\0\0\3") == packet


@given(packets, st.integers(0, 11))
def test_speech_without_a_header_is_refused(packet: rtp.RtpPacket, kept: int) -> None:
    with pytest.raises(ProtocolError):
        rtp.decode(packet.encode()[:kept])


@given(compounds, st.data())
def test_a_report_that_is_cut_off_is_refused(written: list[Report], data: st.DataObject) -> None:
    ends = [len(rtcp.encode(written[:count])) for count in range(len(written) + 1)]
    kept = data.draw(st.integers(0, ends[-1] - 1).filter(lambda length: length not in ends[1:]))
    with pytest.raises(ProtocolError):
        decode_compound(rtcp.encode(written)[:kept])


@given(st.binary(max_size=300), compounds, st.data())
@example(b"", [ReceiverReport(ssrc=1)], None)
@example(b"\x80\xcf\0\0", [ReceiverReport(ssrc=1)], None)
@example(b"\xa0\xc9\0\1\0\0\0\5", [ReceiverReport(ssrc=1)], None)
@example(b"\x81\xca\0\2\0\0\0\1\1\7ab", [ReceiverReport(ssrc=1)], None)
@example(b"\x80\xcf\0\2\0\0\0\1\7\0\0\0", [ReceiverReport(ssrc=1)], None)
def test_noise_is_read_or_refused(noise: bytes, written: list[Report], data: st.DataObject | None) -> None:
    datagram = bytearray(rtcp.encode(written))
    for _ in range(4 if data else 0):
        assert data
        datagram[data.draw(st.integers(0, len(datagram) - 1))] = data.draw(bytes_of_8)
    for suspect in (noise, b"\x80\xc8" + noise, b"\x80\xcf\0\1" + noise, bytes(datagram)):
        for decode in (rtp.decode, rtcp.decode_compound, decode_compound):
            with contextlib.suppress(ProtocolError):
                decode(suspect)


def test_kinds_that_are_unknown_are_left_out() -> None:
    application = b"\x80\xcc\0\2\0\0\0\1name"
    goodbye = b"\x81\xcb\0\1\0\0\0\1"
    report = ReceiverReport(ssrc=7)
    assert decode_compound(report.encode() + application + goodbye) == (report,)
    nameless = b"\x81\xca\0\3\0\0\0\1\2\4anon\0\0"
    assert decode_compound(nameless) == ()
    others = b"\x80\xcf\0\5\0\0\0\1\4\0\0\2\0\0\0\0\0\0\0\0\5\0\0\0"
    assert decode_compound(others) == (ExtendedReport(ssrc=1),)


def test_a_block_has_its_published_layout() -> None:
    """RFC 3611 §4.7, written out by hand."""
    heard = Reception(750, 250, 100, 12.4, 70, 180, 65535, 3.0, 0.5, 0.01)
    block = rtcp.voip_metrics(0xCAFE, heard, Scores(61.6, 3.25, 3.14), 70_000)
    assert block.encode() == bytes.fromhex(
        "07 00 0008  0000cafe  40 19 80 02  00b4 ffff  ffff 004b  7f 7f 7f 10  3e 7f 20 1f  f0 00 0046  0046 0078"
    )


def test_a_round_trip_is_what_the_far_end_didnt_keep() -> None:
    """The example of RFC 3550 figure 2: 6.125 s."""
    now, last_report, delay = 0xB7108000, 0xB7052000, 0x00054000
    assert rtcp.round_trip_s(now << 16, last_report=last_report, delay=delay) == pytest.approx(6.125)
    assert rtcp.round_trip_s(now << 16, last_report=0, delay=0) is None
    assert rtcp.round_trip_s(last_report << 16, last_report=now, delay=0) is None


def test_ntp_counts_from_1900() -> None:
    assert rtcp.ntp_time(0.5) == 2_208_988_800 << 32 | 1 << 31
    assert rtcp.ntp_middle(0x0123456789ABCDEF) == 0x456789AB


def test_what_is_said_keeps_its_place_in_time() -> None:
    """A hold leaves out slots, not sequence numbers, and what follows it is marked (RFC 3551 §4.1)."""
    speech = RtpSender(CODECS["OPUS"], Random(1))
    said = [speech.packet() for _ in range(3)]
    assert speech.due_s == pytest.approx(0.06)
    speech.begin(1.005)
    assert speech.due_s == pytest.approx(1.02)
    said.append(speech.packet())
    assert [packet.marker for packet in said] == [True, False, False, True]
    assert [(packet.sequence - said[0].sequence) % 65536 for packet in said] == [0, 1, 2, 3]
    assert [(packet.timestamp - said[0].timestamp) % 2**32 for packet in said] == [0, 960, 1920, 51 * 960]
    assert (speech.sent, speech.octets) == (4, 4 * CODECS["OPUS"].payload)
