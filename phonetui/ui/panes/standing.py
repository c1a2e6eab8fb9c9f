"""How a phone stands, in one glyph and one word, and how much it asks for attention."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from phonetui.phone.alerts.alert import Alert, Severity
from phonetui.phone.quality.measure import Grade, Measure, Metric
from phonetui.phone.state import Phase, Phone, PhoneId, State
from phonetui.ui.format import GRADES, SEVERITIES, STATES, TUNNEL_LOST, Mark
from phonetui.ui.row import Role

Troubled = Mapping[PhoneId | None, Alert]
"""The worst alert of each phone that has one."""
NOBODY: Troubled = MappingProxyType({})

TROUBLE = 2
"""The urgency from which on a phone is in trouble: more than ringing."""
_URGENCY = {Role.CRITICAL: 6, Role.FAILED: 5, Role.POOR: 4, Role.STALE: 3, Role.FAIR: 2, Role.ACCENT: 1}


def troubled(alerts: Iterable[Alert]) -> Troubled:
    """Whom the alerts are of, as far as they are poor or worse; `alerts` has the worst first."""
    grave = (alert for alert in alerts if alert.severity.rank >= Severity.POOR.rank)
    worst: dict[PhoneId | None, Alert] = {}
    for alert in grave:
        worst.setdefault(alert.phone, alert)
    return worst


def mark(phone: Phone, worst: Troubled = NOBODY) -> Mark:
    """Its connection first, then a call in trouble, then what rings, then any call; a graver alert goes before."""
    found, alert = _standing(phone), worst.get(phone.id)
    if alert is None or phone.connection.state is not State.LIVE:
        return found
    shown = SEVERITIES[alert.severity]
    return found if _of(found) >= _of(shown) else shown._replace(word=alert.id)


def urgency(phone: Phone, worst: Troubled = NOBODY) -> int:
    """0 … 6."""
    return _of(mark(phone, worst))


def _of(found: Mark) -> int:
    return _URGENCY.get(found.role, 0)


def _is_by_score(measure: Measure) -> bool:
    """Whether the opinion score is as bad as the call: a better one beside the call's grade would contradict it."""
    return any(judged.metric is Metric.MOS and judged.grade is measure.grade for judged in measure.judged)


def _floored(mos: float) -> float:
    """3.46 is below 3.5, and is not to look as if it were not."""
    return int(mos * 10 + 1e-9) / 10


def _standing(phone: Phone) -> Mark:
    if phone.connection.reason == TUNNEL_LOST.word:
        return TUNNEL_LOST
    if phone.connection.state is not State.LIVE:
        return STATES[phone.connection.state]
    calls = list(phone.calls)
    measure = phone.worst
    in_trouble = measure is not None and measure.grade.severity > Grade.GOOD.severity
    if any(call.phase is Phase.ALERTING for call in calls) and not in_trouble:
        return Mark("◆", "ringing", Role.ACCENT)
    if calls and measure and measure.grade is not Grade.UNKNOWN:
        found = GRADES[measure.grade]
        if in_trouble and not _is_by_score(measure):
            return found._replace(word=str(measure.judged[0].metric)) if measure.judged else found
        return found if measure.mos is None else found._replace(word=f"{_floored(measure.mos):.1f} {found.word}")
    if calls and all(call.phase is Phase.UNKNOWN for call in calls):
        return Mark("?", "in call?", Role.UNKNOWN)
    if calls:
        return Mark("●", "in call", Role.INFO)
    if any(line.calls for line in phone.lines):
        return Mark("○", "idle", Role.DIM)
    return Mark("○", "live", Role.DIM)
