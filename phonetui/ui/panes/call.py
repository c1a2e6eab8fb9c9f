"""The calls of the selected phone, as the main screen shows them, and why there are none."""

from collections.abc import Iterator

from phonetui.phone.state import Phone, State
from phonetui.ui.panes.call_block import call_rows
from phonetui.ui.snapshot import NO_PHONE, NO_PHONES, Snapshot
from phonetui.ui.text.format import MAY_NOT_SEE, STATES, TUNNEL_LOST, age, model, name, release, up_time
from phonetui.ui.text.rows import Role, Row, Run, clip, row
from phonetui.ui.widgets.pane import Pane

FIRST_WITH_CALLS = (3, 6, 0)
"""The PhoneOS release that publishes calls (the catalogue's release of `Line [n] Call [n]`)."""


class CallsPane(Pane):
    number = "2"
    name_ = "Calls"

    def __init__(self, webex_key: str = "", *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        """`webex_key` is the name of the key that shows all that Webex says of a phone, where there is one."""
        super().__init__(id=id)
        self._webex_key = webex_key

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        if snapshot.device is None or snapshot.cloud is None:
            return rows(snapshot, width, height)
        from phonetui.ui.panes import webex_card  # noqa: PLC0415 - no Webex before the first frame

        enter = (("enter", "watch it through Webex"),) if snapshot.adopts else ()
        more = ((self._webex_key, "all that Webex says, and what can be done"),) if self._webex_key else ()
        context = webex_card.WebexContext(snapshot.device, snapshot.cloud, snapshot.at, snapshot.moment)
        return webex_card.short_card(context, width, (*enter, *more))

    def title_of(self, snapshot: Snapshot) -> str:
        if snapshot.device is None:
            return title(snapshot.phone)
        from phonetui.ui.panes.webex_card import title as device_title  # noqa: PLC0415 - as above

        return device_title(snapshot.device)


def title(phone: Phone | None) -> str:
    """What the calls belong to: facts that hardly ever change."""
    if phone is None:
        return "Calls"
    version = release(phone.system.version)
    facts = (
        name(phone),
        clip(model(phone) or "", 16),
        None if phone.is_behind_webex and phone.address == phone.via else clip(phone.address, 40),
        ".".join(map(str, version)) if version else clip(phone.system.version or "", 24),
        _way(phone),
        up_time(phone.up_s),
    )
    return " · ".join(["Calls", *filter(None, facts)])


def _way(phone: Phone) -> str | None:
    if phone.via is None:
        return None
    pace = f", every {phone.connection.interval_s:g} s" if phone.is_behind_webex else ""
    return f"via {clip(phone.via, 24)}{pace}"


def rows(snapshot: Snapshot, width: int, height: int = 0) -> list[Row]:
    """The first call's graphs grow until all calls fill `height` rows."""
    phone = snapshot.phone
    if phone is None:
        is_any = snapshot.phones or (snapshot.cloud and snapshot.cloud.inventory.devices)
        add = row("  ", Run("→ phonetui config import FILE.csv adds phones to it", Role.INFO))
        return [NO_PHONE] if is_any else [row(Run(NO_PHONES, Role.DIM)), add]
    told = list(notice(phone, snapshot.at))
    first, *others = tuple(phone.calls) or (None,)
    if first is not None:
        below = [block for call in others for block in ((), *call_rows(snapshot, phone, call, width))]
        above = [*told, *([()] if told else [])]
        return [*above, *call_rows(snapshot, phone, first, width, height - len(above) - len(below)), *below]
    if phone.connection.state is State.CONNECTING:
        return told
    return [*told, *(row(Run(words, Role.DIM)) for words in _why_empty(phone))]


def notice(phone: Phone, at: float) -> Iterator[Row]:
    """Why what is shown may not hold any more: nothing while all is well."""
    connection = phone.connection
    old = age(connection, at)
    is_cut_off = connection.reason == TUNNEL_LOST.word
    if connection.state is State.LIVE and not is_cut_off:
        if old:
            yield row(Run(f"≈ last answer over {old} ago", Role.STALE))
        return
    found = TUNNEL_LOST if is_cut_off else STATES[connection.state]
    since = f", last answer over {old} ago" if old else ""
    if connection.state is State.CONNECTING and not is_cut_off:
        yield row(Run(f"{found.glyph} {found.word} to {phone.address} …", found.role))
    else:
        reason = f" ({connection.reason})" if connection.reason and not is_cut_off else ""
        yield row(Run(f"{found.glyph} {found.word}{reason}{since}", found.role))
    if connection.detail:
        yield row("  ", Run(connection.detail, Role.PLAIN))
    if connection.hint:
        yield row("  ", Run(f"→ {connection.hint}", Role.INFO))


def _why_empty(phone: Phone) -> Iterator[str]:
    version = release(phone.system.version)
    shows_calls = phone.is_mpp or any(line.calls for line in phone.lines)
    if version and version < FIRST_WITH_CALLS:
        yield f"Calls need PhoneOS 3.6; this phone runs {'.'.join(map(str, version))}."
    elif phone.connection.state is not State.LIVE:
        yield "No call was up when it last answered." if phone.connection.fresh_at is not None and shows_calls else ""
    elif "Line" in phone.forbidden:
        yield f"{MAY_NOT_SEE}: calls. See the events for the role that it needs."
    elif shows_calls:
        yield "Idle: no call is up."
    else:
        lit = [str(line.index) for line in phone.lines if line.light is not None and line.light.is_lit]
        if lit:
            yield f"The light of line {', '.join(lit)} is lit: a call may be up there."
        yield "This phone shows us no calls. On-Prem (Unified CM) phones report each at its end,"
        yield "and there are accounts that may not see them."
