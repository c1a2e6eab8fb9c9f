"""What is known of each codec: the one table that the E-model, the packet rate and the rules about pauses read.

Impairments are those of ITU-T G.113 appendix I where it has them. One narrow-band scale serves all: a wide-band codec
gets no credit above G.711's best, and its figures are fits (inferred).
"""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Codec:
    ie: float
    """Equipment impairment without loss (G.107 §7.5)."""
    bpl: float
    """Packet-loss robustness (G.107 §7.5)."""
    payload: int | None = 160
    """Octets of speech in a packet of the usual length; None where the bit rate varies."""
    pps: float = 50.0
    """Packets a second of that length."""
    is_narrow: bool = False
    """Whether its best score is so much lower than G.711's that the same score means more."""
    has_dtx: bool = False
    """Whether the codec itself sends little or nothing in silence (G.729 annex B, RFC 7587 §3.1.3, RFC 4867 §3.7), so
    that a received stream that stands may be a listener's. Any other one pauses only with RFC 3389's comfort noise."""


G711 = Codec(0, 25.1)
"""With the packet-loss concealment of its appendix I, as phones do it."""

_CODECS = (
    (("g711", "pcmu", "pcma"), G711),
    (("g7222", "amrwb"), Codec(0, 20, 33, has_dtx=True)),
    (("amr",), Codec(5, 10, 32, has_dtx=True)),
    (("g722",), G711),
    (("opus",), Codec(0, 20, None, has_dtx=True)),
    (("g729ab", "g729b"), Codec(11, 19, 20, is_narrow=True, has_dtx=True)),
    (("g729a",), Codec(11, 19, 20, is_narrow=True)),
    (("g729",), Codec(10, 19, 20, is_narrow=True)),
    (("ilbc",), Codec(11, 32, 50, 100 / 3, is_narrow=True)),
    (("g7231", "g723"), Codec(15, 16.1, 24, 100 / 3, is_narrow=True, has_dtx=True)),
    (("g728",), Codec(7, 17, 40, is_narrow=True)),
    (("g72640",), Codec(2, 20, 100)),
    (("g72624",), Codec(25, 20, 60, is_narrow=True)),
    (("g72616",), Codec(50, 20, 40, is_narrow=True)),
    (("g726",), Codec(7, 20, 80)),
    (("gsmefr",), Codec(5, 10, 31, has_dtx=True)),
)
"""Beginnings of names, the longer before the shorter; phones write `G711u`, `G.729AB`, `PCMU`, `OPUS`, …"""
_LENGTHS_MS = (10.0, 20.0, 30.0, 40.0, 60.0)
_RTP_HEADER = 12
"""Octets; some firmware counts them as received, some doesn't."""


@lru_cache(maxsize=64)
def codec(name: str | None) -> Codec | None:
    """None for a codec that we know nothing of, and where none is named."""
    folded = "".join(filter(str.isalnum, name or "")).casefold()
    return next((found for beginnings, found in _CODECS if folded.startswith(beginnings)), None)


def is_narrow(name: str | None) -> bool:
    """Whether scores of this codec are read on the narrow scale."""
    found = codec(name)
    return found is not None and found.is_narrow


def packet_ms(known: Codec, packets: int | None, octets: int | None) -> float:
    """Milliseconds of speech in a packet, by the octets of those received; where these don't tell, the usual length."""
    usual_ms = 1000.0 / known.pps
    if known.payload is None or not packets or not octets:
        return usual_ms
    size = octets / packets
    for length_ms in _LENGTHS_MS:
        payload = known.payload * length_ms / usual_ms
        if any(abs(size - full) < 0.02 * full for full in (payload, payload + _RTP_HEADER)):
            return length_ms
    return usual_ms
