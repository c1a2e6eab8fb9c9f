"""Where to look for a fault: rules for one call, with their evidence, and what troubled phones have in common.

A rule never speaks of a figure that the phone doesn't give. What phones in the same trouble have in common, and the
others don't, may be a switch, a VLAN, a jump host, a firmware. Such a place is named by Fisher's exact test, one-sided:
of N phones that can be judged K are in trouble, and n of the N are in the place. Were trouble blind to places, k or
more of the n would be in trouble with the chance

    p = sum over i = k … min(n, K) of C(n, i) C(N - n, K - i) / C(N, K)

A place is named for p of at most ALPHA, shared among the places that could be named (Bonferroni): those with at least
FEWEST phones. Where two explain the same phones equally well, nothing tells which it is, and neither is named.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from enum import Enum
from math import comb, inf, isclose

from msgspec import Struct, field

from phonetui.phone.measure import WORDS, Grade, JudgedMetric, Measure, Metric, Pause
from phonetui.phone.port_counters import ErrorRise, counts_errors, is_half_duplex, network_port, place, switch
from phonetui.phone.quality.emodel import has_pauses
from phonetui.phone.state import Call, Phase, Phone, PhoneId
from phonetui.text import NOTHING, Printable, printable


class Diagnosis(Struct, frozen=True):
    """Where to look for a fault, always with the evidence for it."""

    words: Printable
    """`look at sw-2f`, `check the cabling of port 1`"""
    evidence: Printable
    """`3 phones behind it lose inbound packets and their CRC counters rise`"""
    phones: tuple[PhoneId, ...] = ()
    """Whom it concerns; several where it was found by comparing phones."""
    figures: Printable = NOTHING
    """Of the call itself, which speak for it too, as they were when it was found."""

    def __str__(self) -> str:
        return f"{', '.join(filter(None, (self.figures, self.evidence)))}: {self.words}"

    @property
    def pointer(self) -> str:
        """The evidence and where to look, without the call's own figures, for places that show these beside it."""
        return f"{self.evidence}: {self.words}" if self.evidence else self.words


def advice(text: Printable) -> Printable:
    """Where to look, out of a diagnosis that was kept as the text that `str` made of it."""
    evidence, _, words = text.partition(": ")
    return Printable(words or evidence)


_HEARD = (Metric.LOSS, Metric.DISCARD, Metric.BURST, Metric.STALL)
"""What is wrong with the stream that arrives; a delay or a score is of both ways."""


class CallEnd(Struct, frozen=True):
    """One end of a call: phone, call, what was measured, and the errors of its port."""

    phone: Phone
    call: Call
    measure: Measure | None
    rise: ErrorRise = field(default_factory=ErrorRise)
    """Of the errors at its network port."""

    def judged(self, metric: Metric) -> JudgedMetric | None:
        """The settled grade of a figure; None where it has none, or it is too early to judge."""
        settled = self.measure.settled if self.measure else ()
        return next((judged for judged in settled if judged.metric is metric), None)

    def is_bad(self, metric: Metric) -> bool:
        """Whether the figure is worse than good."""
        judged = self.judged(metric)
        return judged is not None and judged.grade > Grade.GOOD

    def bad(self, metric: Metric) -> JudgedMetric | None:
        """A figure that is worse than good; None where it is good, unknown, or of a call that is held."""
        return self.judged(metric) if self.is_open and self.is_bad(metric) else None

    @property
    def loss(self) -> JudgedMetric | None:
        """Loss that stands, or that comes in bursts with good stretches between them."""
        return self.bad(Metric.LOSS) or self.bad(Metric.BURST)

    def is_good(self, metric: Metric) -> bool:
        """Whether the figure is known to be good."""
        judged = self.judged(metric)
        return judged is not None and judged.grade is Grade.GOOD

    @property
    def is_open(self) -> bool:
        """Whether the call is in talk, and held by neither side."""
        return self.call.phase is Phase.TALK and self.call.remote_hold is not True

    @property
    def hears_well(self) -> bool | None:
        """Whether what arrives is good; None where that can't be judged. Jitter alone says nothing of what is heard."""
        if not self.is_open:
            return None
        if any(map(self.is_bad, _HEARD)):
            return False
        if self.judged(Metric.LOSS) is None:
            return None
        return not self.is_bad(Metric.JITTER)


class FaultLocation(Enum):
    """Where the trouble of a call lies, seen from one of its ends."""

    IN = "receive direction impaired"
    OUT = "send direction impaired"
    BOTH = "both directions impaired"
    NONE = "both ends hear well"


def fault_location(here: CallEnd, there: CallEnd) -> FaultLocation | None:
    """Where the trouble of a call lies, by both of its ends; None where one of the two cannot be judged."""
    hears, is_heard = here.hears_well, there.hears_well
    if hears is None or is_heard is None:
        return None
    if hears:
        return FaultLocation.NONE if is_heard else FaultLocation.OUT
    return FaultLocation.IN if is_heard else FaultLocation.BOTH


def describe_loss(end: CallEnd, judged: JudgedMetric) -> str:
    """The loss in words, with the worst window, because there may be no loss just now."""
    worst = end.measure.worst if end.measure else None
    if judged.metric is not Metric.LOSS or worst is None or worst.loss_discard_pct <= judged.value:
        return describe(judged)
    return f"{describe(judged)}, {worst.loss_discard_pct:.1f} % in the worst {worst.seconds:.0f} s"


def describe(judged: JudgedMetric | None) -> str:
    """`loss 3.4 % over 8 s`; empty for None."""
    if judged is None:
        return ""
    words = WORDS[judged.metric]
    return f"{words.name} {words.describe(judged.value)}{window(judged.window_s, 'at the last reading')}"


def window(seconds: float | None, moment: str) -> str:
    """` over 8 s`, ` since the call began`, or ` ` and `moment` for a figure of one; empty where it isn't known."""
    if seconds is None:
        return ""
    if seconds == inf:
        return " since the call began"
    return f" over {max(round(seconds), 1)} s" if seconds else f" {moment}"


_STALL_STEPS_S = (2, 4, 10, 30, 60)
"""The length of a silence is given in steps, so that the words stand still."""


def diagnose(here: CallEnd, there: CallEnd | None) -> tuple[Diagnosis, ...]:
    """Where to look for what is wrong with the call as `here` hears it; `there` is its other end, if it is known."""
    if _is_sound(here):
        return ()
    found = (rule(here, there) for rule in _RULES)
    return tuple(diagnosis for diagnosis in found if diagnosis is not None)


def _is_sound(here: CallEnd) -> bool:
    """Whether nothing is worse than good and nothing stands still: then no rule has anything to say."""
    measure = here.measure
    if measure is None:
        return True
    least_s = _STALL_STEPS_S[0]
    if (measure.no_receive_s or 0.0) >= least_s or (measure.no_media_s or 0.0) >= least_s:
        return False
    return not any(judged.grade.is_impaired for judged in measure.settled)


def _one_way(here: CallEnd, there: CallEnd | None) -> Diagnosis | None:
    """This end sends and nothing arrives; if the other end sends, it is lost on the way."""
    measure = here.measure
    if not here.is_open or measure is None or measure.no_receive_s is None or not measure.sent_per_s:
        return None
    over = _step(measure.no_receive_s)
    if over is None or (measure.no_media_s is not None and _step(measure.no_media_s) is not None):
        return None
    if measure.pause is Pause.LIKELY:
        return None
    evidence = [f"nothing received for over {over} s while {measure.sent_per_s:.0f} packets/s are sent"]
    if there and there.measure and there.measure.sent_per_s:
        evidence.append(f"{there.phone.name} sends {there.measure.sent_per_s:.0f} packets/s")
    port = here.call.mapped_rtp_port
    evidence.append(f"mapped RTP port {port}" if port else "no mapped RTP port is told")
    perhaps = "" if measure.pause is Pause.NONE else "if the far end does not hold, "
    return _diagnosis(f"{perhaps}look for NAT or a firewall on the way in", evidence, here, there)


def _silence(here: CallEnd, _: CallEnd | None) -> Diagnosis | None:
    measure = here.measure
    if not here.is_open or measure is None or measure.no_media_s is None:
        return None
    over = _step(measure.no_media_s)
    if over is None:
        return None
    name = here.call.encoder or here.call.decoder
    evidence = [f"no packet either way for over {over} s", f"codec {name}" if name else ""]
    rests = measure.pause is Pause.LIKELY
    other = "silence suppression of the codec" if rests else "a path that is dead both ways"
    words = f"hold at the far end, or {other}"
    return _diagnosis(words, evidence, here)


def _access_link(here: CallEnd, there: CallEnd | None) -> Diagnosis | None:
    """Frames break, or are dropped, between one of the two phones and its switch."""
    lost = here.loss
    broken = next((end for end in (here, there) if end and end.rise.errors), None)
    if lost is None or broken is None or is_half_duplex(broken.phone):
        return None
    words = f"{'check the cabling of' if broken.rise.bad_sums else 'look at'} {place(broken.phone)}"
    return _diagnosis(words, [f"{broken.rise} there"], here, broken, figures=[describe_loss(here, lost)])


def _duplex(here: CallEnd, there: CallEnd | None) -> Diagnosis | None:
    lost = here.loss
    halved = next((end for end in (here, there) if end and is_half_duplex(end.phone)), None)
    if lost is None or halved is None:
        return None
    port = network_port(halved.phone)
    link = port.link.raw if port and port.link else ""
    configured = f"configured {port.configured}" if port and port.configured else ""
    evidence = [f"{place(halved.phone)} runs at {link}", configured, str(halved.rise)]
    words = "set both ends of that link to auto: a duplex mismatch loses frames"
    return _diagnosis(words, evidence, here, halved, figures=[describe_loss(here, lost)])


def _congestion(here: CallEnd, there: CallEnd | None) -> Diagnosis | None:
    lost, jitter = here.loss, here.bad(Metric.JITTER)
    if lost is None or jitter is None or _link_explains(here, there):
        return None
    clean = "no errors at the network port" if counts_errors(here.phone) else ""
    words = "check QoS and load on the way in: packets queue and drop"
    return _diagnosis(words, [clean], here, figures=[describe_loss(here, lost), f"with {describe(jitter)}"])


def _between(here: CallEnd, there: CallEnd | None) -> Diagnosis | None:
    """What one end sends and the other one does not get, though both cables are sound."""
    lost, missed, received = here.loss, here.call.lost_packets, here.call.packets_received
    if lost is None or there is None or here.bad(Metric.JITTER) or _link_explains(here, there):
        return None
    if not missed or received is None or not all(counts_errors(end.phone) for end in (here, there)):
        return None
    flow = f"{missed} of {received + missed} packets from {there.phone.name} lost since the call began"
    places = dict.fromkeys(switch(end.phone) or end.phone.name for end in (there, here))
    where = f"{'between' if len(places) > 1 else 'at'} {' and '.join(places)}"
    figures = [describe_loss(here, lost), flow]
    return _diagnosis(f"look {where}", ["both network ports clean"], here, there, figures=figures)


def _late(here: CallEnd, _: CallEnd | None) -> Diagnosis | None:
    """Thrown away though it arrived: too late for the buffer, or comfort noise of a gateway (payload type 19)."""
    late = here.bad(Metric.DISCARD)
    if late is None or here.measure is None or not here.is_good(Metric.LOSS):
        return None
    late_figures = [describe(late), describe(here.judged(Metric.LOSS))]
    if jitter := here.bad(Metric.JITTER):
        words = "jitter is beyond the buffer: check queues and Wi-Fi on the way in"
        return _diagnosis(words, [], here, figures=[*late_figures, describe(jitter)])
    if not here.is_good(Metric.JITTER):
        return None
    words = "packets come in bursts that mean jitter hides, or the phone is busy: look for spikes of delay"
    if has_pauses(here.call, here.measure.received_per_s):
        words = "may be comfort noise of a gateway (payload type 19), which is counted but not missed"
    return _diagnosis(words, [], here, figures=[*late_figures, describe(here.judged(Metric.JITTER))])


def _far(here: CallEnd, _: CallEnd | None) -> Diagnosis | None:
    delay = here.bad(Metric.DELAY)
    if delay is None or here.loss or here.bad(Metric.JITTER):
        return None
    found = [describe(delay), describe(here.judged(Metric.LOSS)), describe(here.judged(Metric.JITTER))]
    return _diagnosis("check the path over the WAN: it is long, not lossy", [], here, figures=found)


def _codec(here: CallEnd, _: CallEnd | None) -> Diagnosis | None:
    """A score that the network does not explain."""
    score = here.bad(Metric.MOS) or here.bad(Metric.ESTIMATE)
    network = (Metric.LOSS, Metric.DISCARD, Metric.JITTER, Metric.DELAY)
    if score is None or not here.is_good(Metric.LOSS) or here.loss or any(here.bad(metric) for metric in network):
        return None
    clean = [describe(here.judged(metric)) for metric in network]
    name = f"codec {here.call.decoder}" if here.call.decoder else ""
    return _diagnosis("check the codec, or transcoding on the way", [name], here, figures=[describe(score), *clean])


_RULES = (_one_way, _silence, _access_link, _duplex, _congestion, _between, _late, _far, _codec)
"""The surest evidence first."""


def _diagnosis(words: str, evidence: list[str], *ends: CallEnd | None, figures: Iterable[str] = ()) -> Diagnosis:
    phones = tuple(dict.fromkeys(end.phone.id for end in ends if end))
    told, counted = (printable(", ".join(filter(None, parts))) for parts in (evidence, figures))
    return Diagnosis(printable(words), told, phones, counted)


def _link_explains(here: CallEnd, there: CallEnd | None) -> bool:
    return any(end is not None and (end.rise.errors or is_half_duplex(end.phone)) for end in (here, there))


def _step(seconds: float) -> int | None:
    return next((step for step in reversed(_STALL_STEPS_S) if seconds >= step), None)


FEWEST = 3
"""Phones in trouble that make a group worth naming."""
ALPHA = 0.05
"""The chance at which a place would be named where trouble has nothing to do with places."""
_Trait = Callable[[Phone], Printable | None]
_KINDS: tuple[tuple[str, _Trait], ...] = (
    ("", switch),
    ("VLAN", lambda phone: phone.network.vlan),
    ("jump host", lambda phone: None if phone.is_behind_webex else phone.via),
    ("firmware", lambda phone: phone.system.version),
)
"""What phones can have in common: words, and how to find it."""
_TROUBLES = {
    Metric.LOSS: "lose inbound packets",
    Metric.DISCARD: "throw inbound packets away",
    Metric.JITTER: "hear with jitter",
    Metric.DELAY: "have long round trips",
}
"""The worst first: who loses packets has jitter as well."""


class _Group(Struct, frozen=True):
    """Phones with something in common, some of which are in trouble."""

    place: str
    inside: Set[PhoneId]
    bad: Set[PhoneId]
    """Of those inside."""
    p: float
    """The chance of so many, or more, where trouble is blind to the place."""

    def ties_with(self, other: "_Group") -> bool:
        return other is not self and bool(other.bad & self.bad) and isclose(other.p, self.p, rel_tol=1e-9)


def correlations(ends: Iterable[CallEnd]) -> tuple[Diagnosis, ...]:
    """What phones in trouble have in common, of all whose calls can be judged; each phone is explained once."""
    open_ends = [end for end in ends if end.is_open]
    if sum(not _is_sound(end) for end in open_ends) < FEWEST:
        return ()
    calls: dict[PhoneId, list[CallEnd]] = defaultdict(list)
    for end in open_ends:
        calls[end.phone.id].append(end)
    diagnoses = []
    explained: set[PhoneId] = set()
    for metric, trouble in _TROUBLES.items():
        judged = {phone: known for phone, known in calls.items() if any(end.judged(metric) for end in known)}
        bad = {phone for phone, known in judged.items() if any(end.is_bad(metric) for end in known)}
        groups = sorted(_standing_out(judged, bad), key=lambda group: group.p)
        for group in groups:
            found = sorted(group.bad - explained)
            if len(found) < FEWEST:
                continue
            if not any(map(group.ties_with, groups)):
                rising = sum(bool(judged[phone][0].rise.bad_sums) for phone in found)
                elsewhere = f"{len(bad - group.inside)} of {len(judged) - len(group.inside)}"
                whose = "their" if rising == len(found) else f"{rising} of their"
                crc = f", {whose} CRC counters rise" if rising else ""
                evidence = f"{len(found)} phones on {group.place} {trouble}{crc}, {elsewhere} elsewhere do"
                diagnoses.append(Diagnosis(printable(f"look at {group.place}"), printable(evidence), tuple(found)))
            explained.update(found)  # by this or by nobody: what explains them less well doesn't either
    return tuple(diagnoses)


def fisher(bad_inside: int, inside: int, bad: int, everybody: int) -> float:
    """The p of the module's head, 0 … 1."""
    most = min(inside, bad)
    cases = sum(comb(inside, some) * comb(everybody - inside, bad - some) for some in range(bad_inside, most + 1))
    return cases / comb(everybody, bad)


def _standing_out(judged: Mapping[PhoneId, list[CallEnd]], bad: Set[PhoneId]) -> Iterator[_Group]:
    """The groups whose phones are clearly more in trouble than all others."""
    tried = [
        (f"{kind} {value}".strip(), inside)
        for kind, trait in _KINDS
        for value, inside in _groups(trait, judged).items()
        if FEWEST <= len(inside) < len(judged)
    ]
    for words, inside in tried:
        p = fisher(len(bad & inside), len(inside), len(bad), len(judged))
        if len(bad & inside) >= FEWEST and p <= ALPHA / len(tried):
            yield _Group(words, inside, bad & inside, p)


def _groups(trait: _Trait, calls: Mapping[PhoneId, list[CallEnd]]) -> dict[str, set[PhoneId]]:
    groups: dict[str, set[PhoneId]] = defaultdict(set)
    for phone, ends in calls.items():
        if value := trait(ends[0].phone):
            groups[value].add(phone)
    return groups
