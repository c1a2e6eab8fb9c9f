"""What an impairment relay saw, read without any code of the phones that it lies between."""

import itertools
import struct
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from phonetui.simulator.media.relay import RelayedDatagram

CLOCKS_HZ = {0: 8000, 8: 8000, 9: 8000, 18: 8000, 114: 48000}


@dataclass(frozen=True, slots=True)
class Speech:
    """A packet of RTP as it reached the relay."""

    sequence: int
    timestamp: int
    clock_hz: int
    marker: bool
    payload: bytes
    sent_at: float | None


@dataclass(slots=True)
class Hearing:
    """Everything on its way to one phone; answers are for the first packets that were let through, as counted there."""

    speech: list[Speech]
    through: list[int] = field(init=False)
    """Places in `speech` of what wasn't dropped."""

    def __post_init__(self) -> None:
        self.through = [place for place, packet in enumerate(self.speech) if packet.sent_at is not None]

    @property
    def is_unbroken(self) -> bool:
        """Whether everything that was sent reached the relay, in order."""
        pairs = itertools.pairwise(packet.sequence for packet in self.speech)
        return all((after - before) % 65536 == 1 for before, after in pairs)

    def lost_after(self, received: int) -> int:
        """Dropped between the first and the last of `received` packets."""
        return self.through[received - 1] - self.through[0] + 1 - received if received else 0

    def jitter_ms_after(self, received: int) -> float:
        """RFC 3550 §6.4.1, from when packets left the relay."""
        jitter, before = 0.0, None
        for place in self.through[:received]:
            packet = self.speech[place]
            assert packet.sent_at is not None
            spacing = packet.sent_at * 1000, packet.timestamp * 1000 / packet.clock_hz
            if before:
                jitter += (abs((spacing[0] - before[0]) - (spacing[1] - before[1])) - jitter) / 16
            before = spacing
        return jitter


@dataclass(frozen=True, slots=True)
class Report:
    """One block of a report on its way to the phone that it is about."""

    sent_at: float
    round_trip_ms: float
    """What the relay kept the sender's report for, and this answer to it."""


class Log:
    """Datagrams as the relay passes them on; an RTP port names the phone that listens there."""

    def __init__(self) -> None:
        self.datagrams: list[RelayedDatagram] = []
        self.through: Counter[int] = Counter()
        """Packets that were let through, by port."""

    def __call__(self, relayed: RelayedDatagram) -> None:
        self.datagrams.append(relayed)
        self.through[relayed.destination[1]] += relayed.sent_at is not None

    def hearing(self, port: int) -> Hearing:
        """What is dropped is observed at once, what is let through when it leaves: hence the order of arrival."""
        found = [relayed for relayed in self.datagrams if relayed.destination[1] == port]
        return Hearing([_speech(relayed) for relayed in sorted(found, key=lambda relayed: relayed.number)])

    def reports(self, port: int) -> list[Report]:
        """Those to the RTCP port beside `port` that say how long the phone's own report was under way."""
        kept_s: dict[int, float] = defaultdict(float)
        found = []
        for relayed in sorted(self.datagrams, key=lambda relayed: relayed.arrived_at):
            if relayed.sent_at is None:
                continue
            kind = relayed.datagram[1]
            if relayed.source[1] == port + 1 and kind == 200:
                (stamp,) = struct.unpack_from(">Q", relayed.datagram, 8)
                kept_s[stamp >> 16 & 0xFFFFFFFF] = relayed.sent_at - relayed.arrived_at
            elif relayed.destination[1] == port + 1 and relayed.datagram[0] & 31:
                (last,) = struct.unpack_from(">I", relayed.datagram, (28 if kind == 200 else 8) + 16)
                if last in kept_s:
                    trip_s = kept_s[last] + relayed.sent_at - relayed.arrived_at
                    found.append(Report(relayed.sent_at, trip_s * 1000))
        return found


def _speech(relayed: RelayedDatagram) -> Speech:
    _, kind, sequence, timestamp, _ = struct.unpack_from(">BBHII", relayed.datagram)
    return Speech(
        sequence, timestamp, CLOCKS_HZ[kind & 0x7F], kind > 127, relayed.datagram[12:], sent_at=relayed.sent_at
    )
