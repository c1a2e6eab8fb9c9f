"""How we stand with one phone, from the facts of its watch and of the jump host before it."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf

from phonetui.errors import PhonetuiError
from phonetui.monitor.connection_facts import lasts_until, state
from phonetui.monitor.watch import Watch
from phonetui.phone.state import Connection
from phonetui.text import NOTHING


class ConnectionState:
    """Looks when it is told to, and only where something moved or time alone may have changed it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._seen: tuple[object, ...] = ()
        self._until = -inf

    def look(self, now: float, *, failure: PhonetuiError | None, tunnel_ms: float | None) -> bool:
        """Brings the phone's connection up to monotonic second `now`; whether it changed.

        `failure` is what is wrong with the jump host, `tunnel_ms` its round trip; None without one.
        """
        if now <= self._until and self._seen == self._looked_at(failure, tunnel_ms):
            return False
        has_changed = self._take(now, failure, tunnel_ms)
        self._seen = self._looked_at(failure, tunnel_ms)
        self._until = lasts_until(self._watch.facts, self._watch.interval_s, now)
        return has_changed

    def _looked_at(self, failure: PhonetuiError | None, tunnel_ms: float | None) -> tuple[object, ...]:
        watch = self._watch
        phone = watch.knowledge.phone
        return (watch.facts, phone.lines, watch.poll, watch.subscribed, watch.unpushed, failure, tunnel_ms)

    def _take(self, now: float, failure: PhonetuiError | None, tunnel_ms: float | None) -> bool:
        watch = self._watch
        before, interval_s = watch.knowledge.phone.connection, watch.interval_s
        if interval_s != before.interval_s:
            watch.facts = watch.facts.paced(now)
        facts = watch.facts
        error = failure or facts.error
        answered = facts.answered_at is not None and facts.answered_at != before.fresh_at
        after = Connection(
            state=state(facts, interval_s, now),
            reason=error.reason if error else "",
            detail=error.message if error else NOTHING,
            hint=error.hint if error else NOTHING,
            seen_at=datetime.now(UTC) if answered else before.seen_at,
            fresh_at=facts.answered_at,
            interval_s=interval_s,
            pushes=watch.subscribed,
            unpushed=watch.unpushed,
            unverified=before.unverified,
            answer_ms=watch.answer_ms,
            tunnel_ms=tunnel_ms,
        )
        if after == before:
            return False
        watch.knowledge.phone = replace(watch.knowledge.phone, connection=after)
        if (after.state, after.reason) != (before.state, before.reason):
            watch.desk.state(after.state, after.reason, is_shared=error is not None and error.is_shared)
        return True
