"""The first line: what is watched, and every mode that changes what is seen or sent."""

from phonetui.phone.state import State
from phonetui.ui.format import SEVERITIES
from phonetui.ui.panes.pane import Pane
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Role, Row, Run, clip, row, spread, width


class Header(Pane, can_focus=False):
    def rows_of(self, scene: Scene, across: int, high: int) -> list[Row]:  # noqa: ARG002 - one line
        return [header(scene, across)]


def header(scene: Scene, across: int) -> Row:
    left = [Run(" phonetui ", Role.BADGE), Run(f" {scene.title} " if scene.title else " ", Role.TITLE)]
    badges = [part for badge in _badges(scene, across) for part in (badge, Run(" "))]
    clock = Run(f"{scene.now.astimezone(scene.zone):%H:%M} ", Role.LABEL)
    end = row(*badges, " ", clock)
    if across >= 72:
        left.append(Run(" "))
        left += _fitting(_counts(scene), across - width(left) - width(end) - 1)
    return spread(row(*left), end, across)


def _fitting(counts: list[Run], room: int) -> list[Run]:
    """Whole, or the first ones away: what is in trouble stands last."""
    while counts and width(counts) > room:
        del counts[0]
    return counts


def _counts(scene: Scene) -> list[Run]:
    phones = scene.phones.values()
    calls = sum(1 for phone in phones for _ in phone.calls)
    away = sum(1 for phone in phones if phone.connection.state not in (State.LIVE, State.CONNECTING, State.SLEEPING))
    told = [Run(f"{_many(len(phones), 'phone')}  ", Role.LABEL), Run(_many(calls, "call"), Role.LABEL)]
    if troubles := scene.troubles:
        told.append(Run(f"  {_many(len(troubles), 'alert')}", SEVERITIES[troubles[0].severity].role))
    if away:
        told.append(Run(f"  {away} not answering", Role.FAILED))
    return told


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _badges(scene: Scene, across: int) -> list[Run]:
    badges = []
    if any(phone.connection.unverified for phone in scene.phones.values()):
        badges.append(Run(" TLS OFF ", Role.BADGE_DANGER))
    if scene.demo:
        badges.append(Run(" DEMO ", Role.BADGE))
    if scene.private:
        badges.append(Run(" PRIVATE ", Role.BADGE))
    if scene.read_only:
        badges.append(Run(" READ-ONLY ", Role.BADGE))
    if scene.controlled:
        badges.append(Run(f" CONTROL {_whom(scene)} " if across >= 100 else " CONTROL ", Role.BADGE_CONTROL))
    if scene.frozen_at:
        since = f"{scene.frozen_at.astimezone(scene.zone):%H:%M:%S}"
        badges.append(Run(f" FROZEN since {since} " if across >= 80 else f" FROZEN {since} ", Role.BADGE_FROZEN))
    return badges


def _whom(scene: Scene) -> str:
    if len(scene.controlled) > 1:
        return f"{len(scene.controlled)} phones"
    phone = scene.phones.get(scene.controlled[0])
    return clip(phone.name, 16) if phone else ""
