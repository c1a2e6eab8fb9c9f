"""What each pane's figures are, where they come from and beyond which limits they are judged: the table of words.

Limits are read out of the thresholds in force by the name of their field, so that the words cannot disagree with them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from phonetui.phone.quality.thresholds import Limits, Thresholds
from phonetui.ui.row import Role, Row, Run, pad, row


class Word(NamedTuple):
    name: str
    """As the pane writes it."""
    meaning: str
    source: str = ""
    """The leaf of the phone, or how it is made of several."""
    limits: str = ""
    """The field of `Thresholds` that judges it."""
    unit: str = ""


PANES: dict[str, tuple[Word, ...]] = {
    "phones": (
        Word("sign, word", "how we stand with the phone; ? lists all signs", "our own requests and their answers"),
        Word("number", "opinion score of the call that stands worst, 1 to 5", "as MOS of the calls", "mos"),
        Word("×2", "how many calls are up", "Line Call CallState"),  # noqa: RUF001 - the tree's sign
        Word("≠ Webex", "what Webex says of it and we deny, after two looks", "devices list, connectionStatus"),
    ),
    "calls": (
        Word("loss", "packets that never came, lately", "PacketsLost against PacketsReceived", "loss_pct", "%"),
        Word("discard", "packets that came too late to play", "PacketsDiscarded", "discard_pct", "%"),
        Word("jitter", "how unevenly packets arrive, RFC 3550", "Line Call Jitter", "jitter_ms", "ms"),
        Word("delay", "there and back, by RTCP; 0 is not measured", "Line Call RoundTripDelay", "round_trip_ms", "ms"),
        Word("MOS CQ, LQ", "opinion of a conversation, of listening; 1 to 5", "Line Call MOSCQ, MOSLQ", "mos"),
        Word("MOS est", "our estimate by G.107, where the phone gives none", "loss, bursts, delay and codec", "mos"),
        Word("MOS, G.729", "the same with G.729 and iLBC, whose best is lower", "", "mos_narrow"),
        Word("R", "rating of the E-model, 0 to 100", "Line Call Rfactor", "r_factor"),
        Word("burst", "how long losses lie close together, RFC 3611", "Line Call BurstDuration", "burst_ms", "ms"),
        Word("gap", "how long it goes well between bursts", "Line Call GapDuration, ms"),
        Word("decoder", "how long sound waits in the phone", "Line Call DecodeLatency", "decode_latency_ms", "ms"),
        Word("silence", "nothing received, in talk and not held", "PacketsReceived stands still", "stall_s", "s"),
        Word("packets", "of the whole call, as the phone counts", "PacketsSent, …Received, …Lost, …Discarded"),
        Word("since", "packets from a moment that you chose, not of the call", "less what stood there then"),
        Word("so far", "shares of the time at each grade, and the worst seconds", "all of the above, over the call"),
    ),
    "lines": (
        Word("✓ ✗", "whether the line is registered, in the phone's word", "ExtStatus RegistrationState"),
        Word("● ○", "the line's light: colour and how it blinks", "LEDStatus Line; its words are inferred"),
        Word("msg", "a message waits", "ExtStatus MessageWaiting"),
        Word("message …", "lights of the handset, mute, speaker, headset", "LEDStatus"),
    ),
    "ports": (
        Word("link", "speed in Mbit/s and duplex; half is trouble", "PhoneStatus SWPort, PCPort"),
        Word("rx/s tx/s", "packets a second, between the last two readings", "Network Statistics Port"),
        Word("errors", "sum of counters that should stand still; ▲ they rise", "Network Statistics Port"),
        Word("since", "errors from a moment that you chose, not since boot", "less what stood there then"),
        Word("VLAN", "in which the phone itself speaks", "PhoneStatus OperationalVLANID"),
        Word("neighbour", "the switch and its port, by CDP or LLDP", "Network Statistics Port"),
        Word("set to", "what the port is set to; mismatch: it runs otherwise", "PhoneStatus SWPortConfig"),
    ),
    "events": (
        Word("· ● ▲ !", "told; good news; a warning; trouble", "the phone's events, alerts, our own doing"),
        Word("time", "when we saw it, in the zone of [ui] timezone", "this computer's clock"),
    ),
}
"""By the pane's id."""


def rows(pane: str, thresholds: Thresholds) -> list[Row]:
    return [line for word in PANES[pane] for line in (*_word(word, thresholds), ())][:-1]


def _word(word: Word, thresholds: Thresholds) -> Iterator[Row]:
    yield row(Run(f" {pad(word.name, 12)}", Role.TITLE), word.meaning)
    if word.source:
        yield row(" " * 13, Run(f"from {word.source}", Role.LABEL))
    if word.limits:
        yield row(" " * 13, Run(limits_of(getattr(thresholds, word.limits), word.unit), Role.ACCENT))


def limits_of(limit: Limits, unit: str) -> str:
    """`fair > 1 %   poor > 3 %   critical > 5 %`"""
    sign = "<" if limit.is_floor else ">"
    steps = (("fair", limit.fair), ("poor", limit.poor), ("critical", limit.critical))
    return "   ".join(f"{name} {sign} {value:g} {unit}".rstrip() for name, value in steps if value is not None)
