"""What a phone says: the packets of one source in their order (RFC 3550 §5.1, RFC 3551 §4.1); pure."""

from random import Random

from phonetui.simulator.media.reception import PACKET_S
from phonetui.simulator.media.rtp import TIMESTAMPS, Packet
from phonetui.simulator.quality import Codec


class Speech:
    """Packets in slots of PACKET_S since the session began; a hold leaves slots out."""

    def __init__(self, codec: Codec, random: Random) -> None:
        self._codec = codec
        self.ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(16)
        self._timestamp = random.getrandbits(32)
        self._payload = random.randbytes(codec.payload)
        self._slot = 0
        self._is_spurt = False
        self.sent = 0

    @property
    def octets(self) -> int:
        return self.sent * self._codec.payload

    @property
    def due_s(self) -> float:
        """When the next packet is to leave, since the session began."""
        return self._slot * PACKET_S

    def begin(self, passed_s: float) -> None:
        """The next packet begins a talk spurt, in the first slot that is not over yet."""
        self._slot = max(self._slot, int(passed_s / PACKET_S) + 1)
        self._is_spurt = False

    def packet(self) -> Packet:
        """The next one; it counts as sent."""
        said = Packet(
            self._codec.payload_type,
            self._sequence,
            self.timestamp(self.due_s),
            self.ssrc,
            self._payload,
            marker=not self._is_spurt,
        )
        self._is_spurt = True
        self._sequence = (self._sequence + 1) % (1 << 16)
        self._slot += 1
        self.sent += 1
        return said

    def timestamp(self, passed_s: float) -> int:
        """Goes on while nothing is sent, so that the silence of a hold isn't jitter."""
        return (self._timestamp + round(passed_s * self._codec.clock_hz)) % TIMESTAMPS
