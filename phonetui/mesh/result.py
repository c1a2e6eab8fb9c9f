"""The result of a mesh as frozen values: every call, both directions of each, why one failed; compared with an earlier
one.

MeshResult ── calls: CallResult ─┬─ there    caller → callee, as the callee heard it
                                 └─ back     callee → caller

In a comparison a difference of the opinion score counts from 0.2 on, as Cisco advises for lasting changes; a difference
of the verdict always counts.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from phonetui.mesh.direction import DirectionFigures, Verdict, direction
from phonetui.mesh.mesh_call import CallFault, MeshCall
from phonetui.mesh.plan import MeshLimits, MeshPair, MeshPlan
from phonetui.mesh.round_robin import MeshSchedule
from phonetui.phone.quality.grading import step
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable

NOT_YET = "not called yet"


class CallResult(Struct, frozen=True, kw_only=True):
    """One call of the mesh: whether it came up, why not, and both of its directions."""

    caller: PhoneId
    callee: PhoneId
    round: int
    """The number of the round, from 1."""
    is_over: bool = False
    fault: CallFault | None = None
    """None where both directions were measured to the end."""
    reason: str = ""
    blamed: PhoneId | None = None
    """The phone to which the fault belongs; None where it is neither's in particular."""
    setup_s: float | None = None
    """Seconds from `Call Dial` to the ring."""
    answer_s: float | None = None
    """Seconds from the answering key to talk at both ends."""
    talk_s: float = 0.0
    there: DirectionFigures
    back: DirectionFigures
    unverified: tuple[PhoneId, ...] = ()
    """Phones at which the end of the call is not confirmed."""

    @property
    def name(self) -> str:
        return f"{self.caller} → {self.callee}"

    @property
    def directions(self) -> tuple[DirectionFigures, DirectionFigures]:
        return (self.there, self.back)


def planned(pair: MeshPair, round_number: int) -> CallResult:
    """The result of a call that is still to come."""
    caller, callee = pair.caller.id, pair.callee.id
    return CallResult(
        caller=caller,
        callee=callee,
        round=round_number,
        there=_unmeasured(caller, callee, Verdict.NOT_RUN, NOT_YET),
        back=_unmeasured(callee, caller, Verdict.NOT_RUN, NOT_YET),
    )


def not_run(before: CallResult, fault: CallFault, reason: str, blamed: PhoneId | None = None) -> CallResult:
    """The result of a call that was not started."""
    return replace(
        before,
        is_over=True,
        fault=fault,
        reason=reason,
        blamed=blamed,
        there=_unmeasured(before.caller, before.callee, Verdict.NOT_RUN, reason),
        back=_unmeasured(before.callee, before.caller, Verdict.NOT_RUN, reason),
    )


def measured(before: CallResult, call: MeshCall, limits: MeshLimits, *, is_over: bool = True) -> CallResult:
    """The result of a call that was started, as far as it has come."""
    caller, callee, talked_s = before.caller, before.callee, call.talked_s
    near, far = call.caller.readings, call.callee.readings
    there = direction(caller, callee, near, far, limits, talked_s=talked_s)
    back = direction(callee, caller, far, near, limits, talked_s=talked_s)
    if call.fault is not None and not there.verdict.is_bad and not back.verdict.is_bad:
        verdict = _verdict_of(call.fault)
        there = replace(there, verdict=verdict, words=str(call.reason))
        back = replace(back, verdict=verdict, words=str(call.reason))
    elif not call.is_over or not is_over:
        words = f"{call.stage}"
        there = replace(there, verdict=Verdict.UNKNOWN, words=words)
        back = replace(back, verdict=Verdict.UNKNOWN, words=words)
    setup_s = call.setup_s
    if is_over and setup_s is not None and there.verdict.is_judged and step(setup_s, limits.setup_s).severity > 2:
        words = f"rang after {setup_s:.1f} s only"
        there = replace(there, verdict=max(there.verdict, Verdict.WARN, key=_severity), words=f"{there.words}, {words}")
    return replace(
        before,
        is_over=is_over,
        fault=call.fault,
        reason=str(call.reason),
        blamed=call.blamed,
        setup_s=setup_s,
        answer_s=call.answer_s,
        talk_s=talked_s,
        there=there,
        back=back,
        unverified=call.unverified if is_over else (),
    )


def _severity(verdict: Verdict) -> int:
    return verdict.severity


def _verdict_of(fault: CallFault) -> Verdict:
    """CRITICAL where the number cannot be called, a fault of the telephony itself; other faults prove none."""
    if fault in (CallFault.NO_RING, CallFault.FAILED, CallFault.REFUSED):
        return Verdict.CRITICAL
    return Verdict.NOT_RUN if fault.is_not_run else Verdict.UNKNOWN


def _unmeasured(speaker: PhoneId, listener: PhoneId, verdict: Verdict, words: str) -> DirectionFigures:
    return DirectionFigures(speaker=speaker, listener=listener, verdict=verdict, words=words)


class MeshPhoneResult(Struct, frozen=True):
    """A phone as the result names it: without its number."""

    id: PhoneId
    site: Printable = NOTHING


class MeshResult(Struct, frozen=True, kw_only=True):
    """All calls of a mesh, also while it runs."""

    name: Printable
    began_at: datetime
    """Aware UTC."""
    ended_at: datetime | None = None
    """None while it runs."""
    talk_s: float
    rounds: int
    phones: tuple[MeshPhoneResult, ...]
    calls: tuple[CallResult, ...]
    is_interrupted: bool = False
    """Whether it was ended before all calls were made."""

    def with_call(self, call: CallResult) -> "MeshResult":
        """The result with one call replaced."""
        same = (call.caller, call.callee)
        calls = tuple(call if (one.caller, one.callee) == same else one for one in self.calls)
        return replace(self, calls=calls)

    def call(self, one: PhoneId, other: PhoneId) -> CallResult | None:
        """The call between two phones, whoever called."""
        return next((call for call in self.calls if {call.caller, call.callee} == {one, other}), None)

    @property
    def directions(self) -> Iterator[DirectionFigures]:
        for call in self.calls:
            yield from call.directions

    @property
    def counts(self) -> "Counter[Verdict]":
        """The number of directions with each verdict."""
        return Counter(one.verdict for one in self.directions)

    @property
    def is_good(self) -> bool:
        """Whether every direction was measured and is within the limits."""
        return all(one.verdict is Verdict.OK for one in self.directions)

    @property
    def over(self) -> int:
        """The number of calls that are over, or were not started."""
        return sum(call.is_over for call in self.calls)

    @property
    def sites(self) -> dict[PhoneId, Printable]:
        return {phone.id: phone.site for phone in self.phones}


def begin(plan: MeshPlan, made: MeshSchedule, began_at: datetime) -> MeshResult:
    """The result before the first call."""
    return MeshResult(
        name=plan.name,
        began_at=began_at,
        talk_s=plan.talk_s,
        rounds=len(made.rounds),
        phones=tuple(MeshPhoneResult(phone.id, phone.site) for phone in plan.phones),
        calls=tuple(planned(pair, number) for number, pairs in enumerate(made.rounds, 1) for pair in pairs),
    )


LEAST_MOS = 0.2


class DirectionChange(Struct, frozen=True):
    """One direction in two results: score and verdict before and after."""

    speaker: PhoneId
    listener: PhoneId
    mos: float | None
    """How much the score rose; None where one of both has none."""
    before: Verdict
    after: Verdict
    is_new_silence: bool = False

    @property
    def is_worse(self) -> bool:
        return self.is_new_silence or self.after.severity > self.before.severity or (self.mos or 0.0) < 0

    def __str__(self) -> str:
        parts = [
            "new one-way audio" if self.is_new_silence else "",
            f"{self.mos:+.1f} MOS" if self.mos is not None and abs(self.mos) >= LEAST_MOS else "",
            f"{self.before.word} → {self.after.word}" if self.before is not self.after else "",
        ]
        return f"{self.speaker} → {self.listener}: {', '.join(filter(None, parts))}"


class MeshComparison(Struct, frozen=True):
    """What differs between two results of the same phones."""

    changes: tuple[DirectionChange, ...]
    """The worse ones first."""
    compared: int
    """The number of directions that both results have."""
    mean_mos: float | None
    """How much the score rose on average; None where no direction has one twice."""

    @property
    def worse(self) -> int:
        return sum(change.is_worse for change in self.changes)

    def __str__(self) -> str:
        mean = f", {self.mean_mos:+.2f} MOS on average" if self.mean_mos is not None else ""
        better = len(self.changes) - self.worse
        return f"{self.compared} directions compared: {self.worse} worse, {better} better{mean}"


def compare(before: MeshResult, after: MeshResult) -> MeshComparison:
    """Compares two results by direction; directions that only one of them measured are left out."""
    known = {(one.speaker, one.listener): one for one in before.directions}
    pairs = [
        (known[one.speaker, one.listener], one) for one in after.directions if (one.speaker, one.listener) in known
    ]
    judged = [(old, new) for old, new in pairs if old.verdict.is_judged and new.verdict.is_judged]
    rises = [new.mos - old.mos for old, new in judged if old.mos is not None and new.mos is not None]
    changes = sorted(_changes(judged), key=lambda change: (not change.is_worse, change.mos or 0.0))
    return MeshComparison(tuple(changes), len(judged), sum(rises) / len(rises) if rises else None)


def _changes(pairs: list[tuple[DirectionFigures, DirectionFigures]]) -> Iterator[DirectionChange]:
    for old, new in pairs:
        mos = round(new.mos - old.mos, 2) if old.mos is not None and new.mos is not None else None
        is_new_silence = new.is_silent and not old.is_silent
        is_moved = mos is not None and abs(mos) >= LEAST_MOS
        if is_new_silence or is_moved or old.verdict is not new.verdict:
            yield DirectionChange(new.speaker, new.listener, mos, old.verdict, new.verdict, is_new_silence)
