"""Scores that take more than their own word to read: the operator's, or what the phone said just before."""

from dataclasses import replace

from phonetui.phone.readings import mos
from phonetui.phone.state import Call, Line

NOT_AVAILABLE = 127.0
"""RFC 3611 §4.7.5, and a rating like any other on the wide-band scale."""
_NEIGHBOURS = (120.0, 129.0)


def settled(before: Line | None, after: Line, mos_divisor: float | None) -> Line:
    """`after` with its calls' scores as they have to be read after `before`."""
    ratings = {call.key: call.r_factor for call in before.calls} if before is not None else {}
    return replace(after, calls=tuple(_settled(call, ratings.get(call.key), mos_divisor) for call in after.calls))


def with_divisor(call: Call, mos_divisor: float | None) -> Call:
    """The call with its opinion scores read as the operator says; as it is where they are left to themselves."""
    if mos_divisor is None:
        return call
    lq, cq = (raw and mos(raw, mos_divisor) for raw in (call.mos_lq_raw, call.mos_cq_raw))
    return replace(call, mos_lq=lq or None, mos_cq=cq or None)


def _settled(call: Call, rated: float | None, mos_divisor: float | None) -> Call:
    call = with_divisor(call, mos_divisor)
    if call.r_factor_raw == "127" and rated is not None and _NEIGHBOURS[0] <= rated <= _NEIGHBOURS[1]:
        call = replace(call, r_factor=NOT_AVAILABLE)
    return call
