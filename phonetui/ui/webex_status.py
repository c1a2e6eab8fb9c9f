"""Webex's view of a phone in words and signs: status, age, and where it disagrees with what is observed."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from phonetui.fleet.protocol import Cloud
from phonetui.phone.state import Claim, Disagreement
from phonetui.ui.session import Session
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import Mark, steps
from phonetui.ui.text.rows import Role, Row, Run, row

if TYPE_CHECKING:
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.inventory import CloudState

STATUSES = {
    "connected": Mark("◇", "connected", Role.DIM),
    "connected_with_issues": Mark("▲", "issues", Role.FAIR),
    "disconnected": Mark("✗", "disconnected", Role.FAILED),
    "offline_expired": Mark("✗", "expired", Role.FAILED),
    "offline_deep_sleep": Mark("z", "deep sleep", Role.DIM),
    "activating": Mark("◐", "activating", Role.MEASURING),
    "pending": Mark("◐", "pending", Role.MEASURING),
}
"""Short words for Webex's own."""
SHORT_STATUSES = {"connected": "", "disconnected": "offline"}
"""Shorter ones, where a name needs the room: the glyph says the same."""
AT_ODDS = {Disagreement.ONLY_WEBEX: "online", Disagreement.ONLY_HERE: "offline"}
"""What Webex reports and observation contradicts."""
OLD_S = 150.0
"""From when on a sweep is old: twice the time to the next one, and time for a large listing."""
_WAIT_STEP_S = 5
"""A wait that is counted down moves no more often than ages do."""


def status_mark(status: str | None) -> Mark:
    """An unknown word is shown raw."""
    return STATUSES.get(status or "") or Mark("?", status or "no status", Role.UNKNOWN)


def at_odds(claim: Claim | None) -> Run | None:
    """`≠ Webex: online`."""
    if claim is None or claim.disagreement is None:
        return None
    return Run(f"≠ Webex: {AT_ODDS[claim.disagreement]}", Role.FAIR)


def offline_for(known: "Claim | WebexDevice", moment: datetime) -> str:
    """For how long Webex has not heard of a phone that is offline, in steps; empty where that is not known."""
    if known.is_online is not False or known.seen_at is None:
        return ""
    return steps((moment - known.seen_at).total_seconds()) or ""


def status_parts(known: "Claim | WebexDevice", cloud: "CloudState", at: float, moment: datetime) -> tuple[Row, ...]:
    """Webex's word, when it last heard of the phone, when it last reported so, and what is wrong with its reports."""
    found, why = status_mark(known.status), sweep_trouble(cloud, at)
    seen = None if known.seen_at is None else (moment - known.seen_at).total_seconds()
    return (
        row(Run(f"{found.glyph} {known.status or found.word}", found.role)),
        row(Run("never heard of it" if seen is None else f"heard of it {_ago(seen)}", Role.DIM)),
        row(Run("" if cloud.swept_at is None else f"listed {_ago(at - cloud.swept_at)}", Role.DIM)),
        row(Run(f"! {why}" if why else "", Role.FAIR)),
    )


def status_row(snapshot: Snapshot) -> Row:
    """The same of the selected phone, with what observation contradicts; empty where there is no Webex to ask."""
    phone, cloud = snapshot.phone, snapshot.cloud
    if phone is None or cloud is None:
        return ()
    if phone.claim is None:
        return row(Run("doesn't list this phone", Role.DIM))
    odds = row(Run(f"≠ {phone.claim.disagreement}", Role.FAIR)) if phone.claim.disagreement else ()
    parts = (odds, *status_parts(phone.claim, cloud, snapshot.at, snapshot.moment))
    return row(*(run for part in parts if part for run in (*part, Run("   "))))


def _ago(seconds: float) -> str:
    since = steps(seconds)
    return f"over {since} ago" if since else "just now"


def sweep_age(cloud: "CloudState", at: float) -> str | None:
    """How old the newest whole sweep is, in steps; None while it is as new as can be expected."""
    if cloud.swept_at is None or (at - cloud.swept_at < OLD_S and not cloud.failure):
        return None
    return steps(at - cloud.swept_at)


def sweep_trouble(cloud: "CloudState", at: float) -> str:
    """What keeps the sweeps from going on; empty while nothing does."""
    if cloud.waits_until is not None and cloud.waits_until > at:
        wait = -int((at - cloud.waits_until) // _WAIT_STEP_S) * _WAIT_STEP_S
        return f"Webex asks to wait {wait} s"
    return cloud.failure


def sweep_notes(cloud: "CloudState | None", at: float, *, named: bool = True) -> Iterator[Run]:
    """What there is to say of the sweeps where they don't simply go on.

    `named`: they stand below Webex's own name, and need not say it again.
    """
    if cloud is None:
        return
    if since := sweep_age(cloud, at):
        yield Run(f"≈ {since} old", Role.STALE)
    if why := sweep_trouble(cloud, at):
        whose = "" if named or why.startswith("Webex") else "Webex: "
        yield Run(f"! {whose}{why.removeprefix('Webex ') if named else why}", Role.FAIR)
    elif not cloud.is_whole:
        yield Run("◐ is being read …" if named else "◐ Webex is being read …", Role.MEASURING)


_NO_WEBEX = "No Webex is configured: 'phonetui webex login', or a token in [webex] of the configuration."
_WEBEX_ELSEWHERE = "Attached to collectors: Webex is asked where they run, or by a dashboard of its own."


def why_unavailable(session: Session) -> str:
    """Empty where an organization in Webex can be asked."""
    if session.is_private:
        return "The privacy mask hides Webex: take it away first."
    if session.cloud is not None:
        return ""
    return _WEBEX_ELSEWHERE if session.is_attached else _NO_WEBEX


def available_cloud(session: Session) -> Cloud | None:
    """The organization, unless there is a reason not to ask it."""
    return None if why_unavailable(session) else session.cloud
