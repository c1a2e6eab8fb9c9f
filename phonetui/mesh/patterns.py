"""Finds what many bad directions have in common, in words: the site, phone or path to look at.

Every bad direction is explained once, by the wider cause before the narrower one: a cause counts where at least three
quarters of the directions that it would impair are bad, two of them at the least.

    all towards a site ── all from a site ── one site to another ── all towards a phone ── all from a phone ── one way
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from phonetui.mesh.direction import DirectionFigures, Verdict
from phonetui.mesh.mesh_call import CallFault
from phonetui.mesh.result import CallResult, MeshResult
from phonetui.phone.state import PhoneId

SHARE = 0.75
LEAST = 2


class MeshPattern(Struct, frozen=True):
    """What several bad directions have in common."""

    words: str
    verdict: Verdict
    directions: int
    """How many directions it explains."""

    def __str__(self) -> str:
        return self.words


class _Cause(Struct, frozen=True):
    """A possible cause that would impair all of `directions`."""

    rank: int
    """Wider causes have lower ranks."""
    what: str
    """`everything towards Branch`"""
    look_at: str
    directions: tuple[DirectionFigures, ...]


def patterns(result: MeshResult) -> tuple[MeshPattern, ...]:
    """The patterns of a result, the worst first, then those that explain most."""
    media = [*_explained(result, _silent, "has no audio"), *_explained(result, _impaired, "is poor")]
    found = [*media, *_failed_calls(result)]
    return tuple(sorted(found, key=lambda pattern: (-pattern.verdict.severity, -pattern.directions)))


def _silent(one: DirectionFigures) -> bool:
    return one.is_silent


def _impaired(one: DirectionFigures) -> bool:
    return one.verdict.is_bad and not one.is_silent and one.received is not None


def _explained(
    result: MeshResult, is_bad: Callable[[DirectionFigures], bool], how: str
) -> Iterator[MeshPattern]:  # fmt: skip
    judged = [one for one in result.directions if one.verdict.is_judged and one.received is not None]
    every = {(one.speaker, one.listener): one for one in judged if is_bad(one)}
    left = dict(every)
    causes = list(_causes(result, judged)) if len(left) >= LEAST else []
    while causes:
        best = max(causes, key=lambda cause: _weight(cause, left, every))
        if _weight(best, left, every)[0] < LEAST:
            break
        bad = [one for one in best.directions if (one.speaker, one.listener) in left]
        for one in bad:
            del left[one.speaker, one.listener]
        yield _pattern(best, bad, how)
    for one in left.values():
        name = f"{one.speaker} → {one.listener}"
        hint = (
            "one-way audio: look at NAT, firewall and the RTP ports on that way" if one.is_silent else "that way alone"
        )
        yield MeshPattern(f"{name} {how} ({one.words.removeprefix('no audio: ')}): {hint}", one.verdict, 1)


_Bad = Mapping[tuple[PhoneId, PhoneId], DirectionFigures]


def _weight(cause: _Cause, left: _Bad, every: _Bad) -> tuple[int, int, int]:
    """How many directions a cause explains, 0 where too many of its others are sound; then the narrower ones first."""
    bad = sum((one.speaker, one.listener) in every for one in cause.directions)
    explained = sum((one.speaker, one.listener) in left for one in cause.directions)
    is_cause = bad >= LEAST and bad >= SHARE * len(cause.directions)
    return (explained if is_cause else 0, -len(cause.directions), -cause.rank)


def _causes(result: MeshResult, judged: Sequence[DirectionFigures]) -> Iterator[_Cause]:
    sites = result.sites
    groups: dict[tuple[int, str, str], list[DirectionFigures]] = defaultdict(list)
    many = len(set(sites.values())) > 1
    for one in judged:
        speaking, hearing = sites.get(one.speaker, ""), sites.get(one.listener, "")
        if many and speaking != hearing:
            if hearing:
                groups[0, f"everything towards {hearing}", f"look at {hearing}'s inbound path"].append(one)
            if speaking:
                groups[1, f"everything from {speaking}", f"look at {speaking}'s outbound path"].append(one)
            if speaking and hearing:
                way = f"everything from {speaking} to {hearing}"
                groups[2, way, "look at the path between the two"].append(one)
        if many and hearing:
            inside = f"everything towards {hearing}, from within it as well,"
            groups[0, inside, f"look at {hearing}'s access switches"].append(one)
        near = "look at its port, cable, VLAN and QoS"
        groups[3, f"everything towards {one.listener}", near].append(one)
        groups[4, f"everything from {one.speaker}", near].append(one)
    for (rank, what, look_at), directions in groups.items():
        yield _Cause(rank, what, look_at, tuple(directions))


def _pattern(cause: _Cause, bad: Sequence[DirectionFigures], how: str) -> MeshPattern:
    share = f"{len(bad)} of {len(cause.directions)} directions"
    worst = max(bad, key=lambda one: one.verdict.severity)
    losses = [one.loss_pct for one in bad if one.loss_pct is not None and not one.is_silent]
    low, high = (f"{loss:.1f}" for loss in (min(losses, default=0.0), max(losses, default=0.0)))
    loss = "" if high == "0.0" else f", loss {high} %" if low == high else f", loss {low} to {high} %"
    words = f"{cause.what} {how} ({share}{loss}): {cause.look_at}"
    return MeshPattern(f"{words[:1].upper()}{words[1:]}", worst.verdict, len(bad))


_FAULTS = {
    CallFault.NOT_LIVE: "did not answer this program",
    CallFault.BUSY: "was in a call of its own",
    CallFault.DENIED: "may not be called",
    CallFault.REFUSED: "did not take the number",
    CallFault.NO_RING: "never rang",
    CallFault.FAILED: "could not be called",
    CallFault.NO_ANSWER: "rang and was not answered by its keys",
    CallFault.PICKED_UP: "was picked up by somebody, and left alone",
    CallFault.OTHER_CALL: "was used by somebody, and left alone",
    CallFault.HUNG_UP: "lost its call before the end",
    CallFault.LOST: "was lost from sight during a call",
    CallFault.STOPPED: "",
}


def _failed_calls(result: MeshResult) -> Iterator[MeshPattern]:
    """Patterns of failed calls: one for each phone and fault."""
    by_phone: dict[tuple[PhoneId, CallFault], list[CallResult]] = defaultdict(list)
    stopped = 0
    for call in result.calls:
        if call.fault is CallFault.STOPPED:
            stopped += 1
        elif call.fault is not None and call.blamed is not None:
            by_phone[call.blamed, call.fault].append(call)
    with_calls = Counter(end for call in result.calls for end in (call.caller, call.callee))
    for (phone, fault), calls in by_phone.items():
        verdict = max((one.verdict for one in _both(calls)), key=lambda verdict: verdict.severity)
        share = f"{len(calls)} of its {with_calls[phone]} calls"
        why = f": {calls[0].reason}" if len(calls) == 1 or fault is CallFault.LOST else ""
        yield MeshPattern(f"{phone} {_FAULTS[fault]} ({share}){why}", verdict, 2 * len(calls))
    if stopped:
        words = f"{stopped} calls were not made, or not to their end: the mesh was stopped"
        yield MeshPattern(words, Verdict.NOT_RUN, 2 * stopped)


def _both(calls: Iterable[CallResult]) -> Iterator[DirectionFigures]:
    for call in calls:
        yield from call.directions
