"""What to try for an impaired call that no rule of `diagnosis` explains: a step for each figure that can be bad.

A diagnosis has evidence of a place. A step has none, so it says how to find one, and in which direction to look.
"""

from collections.abc import Iterable, Mapping

from phonetui.phone.diagnosis import CallEnd
from phonetui.phone.measure import Grade, Metric

STEPS: Mapping[Metric, str] = {
    Metric.LOSS: "compare the ports' counters hop by hop {way}, then capture at both ends",
    Metric.BURST: "look for bursts of other traffic, and for links that flap, {way}",
    Metric.DISCARD: "packets come too late for the buffer: check queues and Wi-Fi {way}",
    Metric.JITTER: "packets queue: check QoS and load {way}",
    Metric.DELAY: "trace the path {way}: a hop of it takes long",
    Metric.DECODER: "the buffer grew with earlier jitter: check queues and Wi-Fi {way}",
    Metric.MOS: "check the codec, and transcoding {way}",
    Metric.ESTIMATE: "check the codec, and transcoding {way}",
    Metric.RATING: "check the codec, and transcoding {way}",
    Metric.STALL: "look for a hold at the far end, for NAT or a firewall {way}",
}
"""By what is bad; `way` is the direction in which it is heard."""
_ANY = "look in both graphs for what became worse first {way}"
_NOTHING = {
    Grade.GOOD: "nothing to do: no figure points anywhere",
    Grade.MEASURING: "nothing so far: still measuring",
    Grade.UNKNOWN: "unknown: the phone gives no figures; a phone at the far end may give some",
}


def next_steps(near: CallEnd, far: CallEnd | None) -> list[str]:
    """One for each impaired end, the nearer first; else one that says why there is nothing to try."""
    heard: list[tuple[CallEnd, CallEnd | None]] = [(near, far), (far, near)] if far is not None else [(near, None)]
    steps = [
        impaired_step(end.phone.name, other.phone.name if other else "", _bad(end))
        for end, other in heard
        if is_impaired(end)
    ]
    return steps or [_NOTHING[near.measure.grade if near.measure is not None else Grade.UNKNOWN]]


def is_impaired(end: CallEnd) -> bool:
    """Whether the call is impaired at this end: by its grade, or by a figure where it has no grade."""
    return bool(_bad(end)) or (end.measure is not None and end.measure.grade.is_impaired)


def _bad(end: CallEnd) -> list[Metric]:
    judged = end.measure.settled if end.measure is not None else ()
    return [each.metric for each in judged if each.grade.is_impaired]


def impaired_step(hears: str, other: str, bad: Iterable[Metric]) -> str:
    """The step for the first bad figure, as `hears` hears `other`; `other` is empty where it is no monitored phone."""
    found = next(iter(bad), None)
    return (STEPS[found] if found is not None else _ANY).format(
        way=f"on the way {other} → {hears}" if other else f"on the way to {hears}"
    )
