"""What the fleet's table has no room for: of the phone under the cursor its trouble, since when, and where to look."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.state import Call, Phone, State
from phonetui.ui.fleet.columns import state_words
from phonetui.ui.text.format import SEVERITIES, duration, firmware, mark, model, up_time
from phonetui.ui.text.rows import Role, Row, Run, clipped, row


def phone_detail(
    phone: Phone,
    alerts: Sequence[Alert],
    causes: Sequence[Diagnosis],
    call: Call | None,
    *,
    zone: tzinfo | None,
    width: int,
) -> list[Row]:
    """Two rows.

    `alerts` are the phone's own that hold, worst first; `causes` are of `call`, the one that stands worst.
    """
    head, tail = _trouble(phone, alerts, zone), _where(phone, causes, call)
    name = Run(f" {phone.name}  ", Role.TITLE)
    return [clipped(row(name, *head), width), clipped(row(" ", *tail), width)]


def _trouble(phone: Phone, alerts: Sequence[Alert], zone: tzinfo | None) -> Row:
    connection = phone.connection
    if connection.state is not State.LIVE:
        state = state_words(phone, zone)
        why = ". ".join(filter(None, (connection.detail, connection.hint)))
        return row(Run(f"{mark(phone).glyph} {state.text}", state.role), Run(f": {why}" if why else "", Role.PLAIN))
    if not alerts:
        state = state_words(phone, zone)
        return row(Run(state.text, state.role), Run("  no alert", Role.DIM))
    worst, more = alerts[0], len(alerts) - 1
    shown = SEVERITIES[worst.severity]
    others = f"  and {more} more" if more else ""
    return row(
        Run(f"{shown.glyph} {worst.text}", shown.role), Run(f"  since {_moment(worst.raised_at, zone)}", Role.LABEL),
        Run(others, Role.DIM),
    )  # fmt: skip


def _where(phone: Phone, causes: Sequence[Diagnosis], call: Call | None) -> Row:
    """Where to look; without anything to look for, what is known of the call, or of the phone itself.

    A cause's own figures are those of when it was found, and the row above shows those of now.
    """
    if causes:
        cause = causes[0]
        evidence = f"  {cause.evidence}" if cause.evidence else ""
        return row(Run("→ ", Role.ACCENT), Run(cause.words, Role.INFO), Run(evidence, Role.LABEL))
    if call is not None:
        who = " ".join(filter(None, (call.remote_name, call.remote_number)))
        facts = (who, call.state, call.decoder or call.encoder, duration(call.duration_s))
        return row(Run(" · ".join(fact for fact in facts if fact), Role.LABEL))
    version = firmware(phone)
    known = (model(phone), phone.address, f"firmware {version}" if version else "", up_time(phone.up_s))
    return row(Run(" · ".join(fact for fact in known if fact), Role.LABEL))


def _moment(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%H:%M}"
