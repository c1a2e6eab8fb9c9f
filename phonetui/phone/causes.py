"""What one call's figures point at: rules, each of which gives a place to look at with its evidence, or None.

Nothing known, nothing said: a rule never speaks of a figure that the phone doesn't give.
"""

from collections.abc import Callable
from typing import NamedTuple

from phonetui.phone.ends import End
from phonetui.phone.evidence import bad, loss, told, told_if_judged, told_loss
from phonetui.phone.link import counts_errors, is_half_duplex, network_port, place, switch
from phonetui.phone.measure import Metric, Pause
from phonetui.phone.partner import Hint
from phonetui.phone.quality.flow import has_pauses
from phonetui.text import printable

_STALL_STEPS_S = (2, 4, 10, 30, 60)
"""A silence is told in steps, so that the words stand still."""


class Both(NamedTuple):
    """A call as its two ends know it."""

    here: End
    there: End | None
    """None where it is no monitored phone, or unknown which."""


def causes(here: End, there: End | None) -> tuple[Hint, ...]:
    """Where to look for what is wrong with the call as `here` hears it; `there` is its other end, if it is known."""
    found = (rule(Both(here, there)) for rule in _RULES)
    return tuple(hint for hint in found if hint is not None)


def _one_way(both: Both) -> Hint | None:
    """Nothing arrives while we send; where the other end sends, it is lost on the way."""
    here, there = both
    measure = here.measure
    if not here.is_open or measure is None or measure.stall_s is None or not measure.sent_per_s:
        return None
    over = _step(measure.stall_s)
    if over is None or (measure.silent_s is not None and _step(measure.silent_s) is not None):
        return None
    if measure.pause is Pause.LIKELY:
        return None
    evidence = [f"nothing received for over {over} s while {measure.sent_per_s:.0f} packets/s are sent"]
    if there and there.measure and there.measure.sent_per_s:
        evidence.append(f"{there.phone.name} sends {there.measure.sent_per_s:.0f} packets/s")
    port = here.call.mapped_rtp_port
    evidence.append(f"mapped RTP port {port}" if port else "no mapped RTP port is told")
    perhaps = "" if measure.pause is Pause.NONE else "if the far end does not hold, "
    return _hint(f"{perhaps}look for NAT or a firewall on the way in", evidence, here, there)


def _silence(both: Both) -> Hint | None:
    here = both.here
    measure = here.measure
    if not here.is_open or measure is None or measure.silent_s is None:
        return None
    over = _step(measure.silent_s)
    if over is None:
        return None
    name = here.call.encoder or here.call.decoder
    evidence = [f"no packet either way for over {over} s", f"codec {name}" if name else ""]
    rests = measure.pause is Pause.LIKELY
    other = "silence suppression of the codec" if rests else "a path that is dead both ways"
    words = f"hold at the far end, or {other}"
    return _hint(words, evidence, here)


def _access_link(both: Both) -> Hint | None:
    """Frames break, or are dropped, between one of the two phones and its switch."""
    here, there = both
    lost = loss(here)
    broken = next((end for end in (here, there) if end and end.rise.errors), None)
    if lost is None or broken is None or is_half_duplex(broken.phone):
        return None
    words = f"{'check the cabling of' if broken.rise.bad_sums else 'look at'} {place(broken.phone)}"
    return _hint(words, [told_loss(here, lost), f"{broken.rise} there"], here, broken)


def _duplex(both: Both) -> Hint | None:
    here, there = both
    lost = loss(here)
    halved = next((end for end in (here, there) if end and is_half_duplex(end.phone)), None)
    if lost is None or halved is None:
        return None
    port = network_port(halved.phone)
    link = port.link.raw if port and port.link else ""
    configured = f"set to {port.configured}" if port and port.configured else ""
    evidence = [told_loss(here, lost), f"{place(halved.phone)} runs at {link}", configured, str(halved.rise)]
    return _hint("set both ends of that link to auto: a duplex mismatch loses frames", evidence, here, halved)


def _congestion(both: Both) -> Hint | None:
    here, there = both
    lost, jitter = loss(here), bad(here, Metric.JITTER)
    if lost is None or jitter is None or _link_explains(here, there):
        return None
    clean = "no errors at the network port" if counts_errors(here.phone) else ""
    words = "check QoS and load on the way in: packets queue and drop"
    return _hint(words, [told_loss(here, lost), f"with {told(jitter)}", clean], here)


def _between(both: Both) -> Hint | None:
    """What one end sends and the other one does not get, though both cables are sound."""
    here, there = both
    lost, missed, received = loss(here), here.call.lost_packets, here.call.packets_received
    if lost is None or there is None or bad(here, Metric.JITTER) or _link_explains(here, there):
        return None
    if not missed or received is None or not all(counts_errors(end.phone) for end in (here, there)):
        return None
    flow = f"{missed} of {received + missed} packets from {there.phone.name} lost since the call began"
    evidence = [told_loss(here, lost), flow, "both network ports clean"]
    places = " and ".join(
        dict.fromkeys((switch(there.phone) or there.phone.name, switch(here.phone) or here.phone.name))
    )
    return _hint(f"look {'between' if ' and ' in places else 'at'} {places}", evidence, here, there)


def _late(both: Both) -> Hint | None:
    """Thrown away though it arrived: too late for the buffer, or comfort noise of a gateway (payload type 19)."""
    here = both.here
    late = bad(here, Metric.DISCARD)
    if late is None or here.measure is None or not here.is_good(Metric.LOSS):
        return None
    evidence = [told(late), told_if_judged(here, Metric.LOSS)]
    if jitter := bad(here, Metric.JITTER):
        words = "jitter is beyond the buffer: check queues and Wi-Fi on the way in"
        return _hint(words, [*evidence, told(jitter)], here)
    if not here.is_good(Metric.JITTER):
        return None
    if not has_pauses(here.call, here.measure.received_per_s):
        words = "packets come in bursts that mean jitter hides, or the phone is busy: look for spikes of delay"
        return _hint(words, [*evidence, told_if_judged(here, Metric.JITTER)], here)
    words = "may be comfort noise of a gateway (payload type 19), which is counted but not missed"
    return _hint(words, [*evidence, told_if_judged(here, Metric.JITTER)], here)


def _far(both: Both) -> Hint | None:
    here = both.here
    delay = bad(here, Metric.DELAY)
    if delay is None or loss(here) or bad(here, Metric.JITTER):
        return None
    evidence = [told(delay), told_if_judged(here, Metric.LOSS), told_if_judged(here, Metric.JITTER)]
    return _hint("check the path over the WAN: it is long, not lossy", evidence, here)


def _codec(both: Both) -> Hint | None:
    """A score that the network does not explain."""
    here = both.here
    score = bad(here, Metric.MOS)
    network = (Metric.LOSS, Metric.DISCARD, Metric.JITTER, Metric.DELAY)
    if score is None or not here.is_good(Metric.LOSS) or loss(here) or any(bad(here, metric) for metric in network):
        return None
    clean = [told_if_judged(here, metric) for metric in network]
    name = f"codec {here.call.decoder}" if here.call.decoder else ""
    return _hint("check the codec, or transcoding on the way", [told(score), *clean, name], here)


Rule = Callable[[Both], Hint | None]
_RULES: tuple[Rule, ...] = (_one_way, _silence, _access_link, _duplex, _congestion, _between, _late, _far, _codec)
"""The surest evidence first."""


def _hint(words: str, evidence: list[str], *ends: End | None) -> Hint:
    phones = tuple(dict.fromkeys(end.phone.id for end in ends if end))
    return Hint(printable(words), printable(", ".join(filter(None, evidence))), phones)


def _link_explains(here: End, there: End | None) -> bool:
    return any(end is not None and (end.rise.errors or is_half_duplex(end.phone)) for end in (here, there))


def _step(seconds: float) -> int | None:
    return next((step for step in reversed(_STALL_STEPS_S) if seconds >= step), None)
