"""What each codec costs a conversation by itself, and how well it bears loss: the table that the E-model reads.

Impairments are those of ITU-T G.113 appendix I where it has them. One narrow-band scale serves all: a wide-band codec
gets no credit above G.711's best, and its figures are fits (inferred).
"""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Codec:
    """`ie` is the equipment impairment of G.107 without loss, `bpl` the packet-loss robustness."""

    ie: float
    bpl: float
    is_narrow: bool = False
    """Whether its best score is so much lower than G.711's that the same score means more."""
    pauses: bool = False
    """Whether it falls silent in silence (annex B), so that a stream that stands may be a listener's."""


G711 = Codec(0, 25.1)
"""With the packet-loss concealment of its appendix I, as phones do it."""

_CODECS = (
    (("g711", "pcmu", "pcma"), G711),
    (("g7222", "amrwb"), Codec(0, 20)),
    (("g722",), G711),
    (("opus",), Codec(0, 20)),
    (("g729ab", "g729b"), Codec(11, 19, is_narrow=True, pauses=True)),
    (("g729a",), Codec(11, 19, is_narrow=True)),
    (("g729",), Codec(10, 19, is_narrow=True)),
    (("ilbc",), Codec(11, 32, is_narrow=True)),
    (("g7231", "g723"), Codec(15, 16.1, is_narrow=True)),
    (("g728",), Codec(7, 17, is_narrow=True)),
    (("g72640",), Codec(2, 20)),
    (("g72624",), Codec(25, 20, is_narrow=True)),
    (("g72616",), Codec(50, 20, is_narrow=True)),
    (("g726",), Codec(7, 20)),
    (("gsmefr",), Codec(5, 10)),
)
"""Beginnings of names, the longer before the shorter; phones write `G711u`, `G.729AB`, `PCMU`, `OPUS`, …"""


@lru_cache(maxsize=64)
def codec(name: str | None) -> Codec | None:
    """None for a codec that we know nothing of, and where none is named."""
    folded = "".join(filter(str.isalnum, name or "")).casefold()
    return next((found for beginnings, found in _CODECS if folded.startswith(beginnings)), None)


def is_narrow(name: str | None) -> bool:
    """Whether scores of this codec are read on the narrow scale."""
    found = codec(name)
    return found is not None and found.is_narrow
