"""A device's line keys in Webex, drawn in place and compared with a template; and the members on its lines.

Line keys have a page for the phone and one for each key expansion module. Nothing is written.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct
from textual.binding import Binding, BindingType

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.ui import screens
from phonetui.ui.keyboard import bindings
from phonetui.ui.text.format import DASH
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, pad, right, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.query import QueryScreen, QueryState
from phonetui.webex import lines as webex_lines
from phonetui.webex.answer import at, list_at, text, whole
from phonetui.webex.devices import WebexDevice
from phonetui.webex.lines import DEFAULT, Hoteling, Layout, LineKey, Member, ModelKeys

OTHERWISE = "≠"
_MODULE_COLUMNS = 2
_BESIDE_FROM = 36
"""From this many cells of a key its label is beside its kind."""
_IDLE = ("OPEN", "CLOSED")


class Page(Struct, frozen=True):
    name: str
    count: int
    """How many keys there are to draw, assigned or not."""
    columns: int
    keys: tuple[LineKey, ...]
    others: tuple[LineKey, ...] | None
    """The template's for the same page; None where there is nothing to compare with."""


def pages(layout: Layout, body: ModelKeys, template: Layout | None) -> list[Page]:
    """The phone first, then its modules by number. A DEFAULT layout has no keys to compare."""
    if layout.mode == DEFAULT and not layout.keys:
        keys, others = (template.keys, None) if template else ((), None)
    else:
        keys, others = layout.keys, template.keys if template else None
    both = (*keys, *(others or ()))
    count = max(body.keys, max((key.index for key in both), default=0))
    found = [Page("phone", count, body.columns, keys, others)]
    for number, inside in layout.modules:
        most = max(layout.module_keys, *(key.index for key in inside))
        found.append(Page(f"module {number}", most, _MODULE_COLUMNS, inside, None))
    return found


def layout_facts(layout: Layout, template: Layout | None, comparison: str) -> list[Row]:
    """What holds for the whole layout; `comparison` is how the page compares with the template."""
    order = {True: "  users may move keys", False: "  users may not move keys", None: ""}[layout.is_user_ordered]
    name = Run(f"{layout.mode or DASH} layout", Role.TITLE)
    lines = [row(name, Run(f"  {comparison}" if comparison else "", Role.ACCENT), Run(order, Role.LABEL))]
    if layout.mode == DEFAULT and not layout.keys:
        lines.append(row("The keys follow the phone's lines: Webex has no list of keys for a DEFAULT layout."))
        if template is not None:
            words = f"Below is {template.name or 'the template'}; there is nothing to compare."
            lines.append(row(Run(words, Role.LABEL)))
    return lines


def key_rows(page: Page, width: int) -> list[Row]:
    """Keys count down the columns, as on the phone (inferred); below each what the template says otherwise."""
    height = -(-page.count // page.columns)
    ours, theirs = ({key.index: key for key in keys} for keys in (page.keys, page.others or ()))
    others = webex_lines.differing_keys(page.keys, page.others) if page.others is not None else frozenset()
    cells = max(width // page.columns, 12)
    lines: list[Row] = []
    for line in range(1, height + 1):
        places = range(line, page.count + 1, height)
        lines.append(_joined((_key_label(ours.get(index), index, cells, index in others) for index in places), cells))
        below = [_second_line(ours.get(index), theirs.get(index), cells, index in others) for index in places]
        lines += [_joined(below, cells), ()] if any(below) else [()]
    return lines[:-1]


def comparison(page: Page, template: str) -> str:
    """How many keys differ; empty where nothing is compared."""
    if page.others is None:
        return ""
    count = len(webex_lines.differing_keys(page.keys, page.others))
    if not count:
        return f"same as {clip(template, 32)}"
    return f"{count} of {page.count} keys differ: {OTHERWISE} is what {clip(template, 24)} has"


def _key_label(key: LineKey | None, index: int, cells: int, differs: bool) -> Row:
    sign = Run(f"{OTHERWISE} " if differs else "  ", Role.ACCENT)
    number = (Run("[", Role.DIM), Run(f"{index:>2}", Role.KEY), Run("] ", Role.DIM))
    if key is None:
        return row(sign, *number, Run("not assigned", Role.DIM))
    role = Role.DIM if key.kind in _IDLE else Role.TITLE
    if cells < _BESIDE_FROM or not key.more:
        return row(sign, *number, Run(clip(key.words, cells - 8), role))
    return row(sign, *number, Run(pad(key.words, 15), role), Run(f" {clip(key.more, cells - 24)}"))


def _second_line(key: LineKey | None, other: LineKey | None, cells: int, differs: bool) -> Row:
    """What has no room beside, and what the template says otherwise."""
    more = row(" " * 7, Run(clip(key.more, cells - 8))) if key and key.more and cells < _BESIDE_FROM else ()
    if not differs:
        return more
    words = "  ".join(filter(None, (other.words, other.more))) if other else "not assigned"
    begin = row(*more, "  ") if more else row(" " * 7)
    return row(*begin, Run(f"{OTHERWISE} {clip(words, max(cells - cell_width(begin) - 3, 4))}", Role.ACCENT))


def _joined(parts: Iterable[Row], cells: int) -> Row:
    return row(*(run for part in parts for run in (*part, Run(" " * max(cells - cell_width(part), 0)))))


class LineKeysScreen(QueryScreen[int]):
    screen_id = "linekeys"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("linekeys"),
        Binding("left,h", "page(-1)", "Page before", show=False),
        Binding("right,l", "page(1)", "Next page", show=False),
    ]
    heading = "Line keys"
    hint = "To change: phonetui webex layouts set, templates apply"

    def __init__(self, view_state: ViewState, device: WebexDevice) -> None:
        super().__init__(view_state, device)
        self._found: Layout | None = None
        self._model_keys = ModelKeys()
        self._template: Layout | None = None
        self._page = 0

    async def read(self, cloud: Cloud) -> QueryState:
        """Without Webex's list of models the keys are drawn in two columns: no reason to show nothing."""
        answer, self._model_keys = await asyncio.gather(
            cloud.ask("layouts get", {"deviceId": self.device.id}), _model_keys(cloud, self.device)
        )
        self._found = webex_lines.layout(answer.value)
        return QueryState()

    def rows(self, width: int) -> Sequence[Row]:
        if self._found is None:
            return ()
        words = comparison(self._shown, self._template.name if self._template else "")
        lines = [*layout_facts(self._found, self._template, words), ()]
        if len(self._pages) > 1:
            names = [(f"{'▸' if at == self._page else ' '} {page.name}  ", at) for at, page in enumerate(self._pages)]
            tabs = (Run(name, Role.ACCENT if at == self._page else Role.LABEL) for name, at in names)
            lines[-1:] = [row(*tabs), ()]
        return [*lines, *key_rows(self._shown, width)]

    @property
    def _pages(self) -> list[Page]:
        return pages(self._found or Layout(), self._model_keys, self._template)

    @property
    def _shown(self) -> Page:
        return self._pages[min(self._page, len(self._pages) - 1)]

    def own_key_hints(self) -> Sequence[tuple[str, str]]:
        around = (("← →", "page"),) if len(self._pages) > 1 else ()
        return (*around, (self.key_of("linekeys.template"), "template")) if self._found is not None else ()

    def action_page(self, by: int) -> None:
        self._page = min(max(self._page + by, 0), len(self._pages) - 1)
        self.refresh_view()

    def action_linekeys_template(self) -> None:
        if self._found is not None:
            self.ask(self._list)

    async def _list(self, cloud: Cloud) -> QueryState:
        answer = await cloud.ask("templates list", {})
        known = [each for each in list_at(answer.value, "lineKeyTemplates") if isinstance(each, Mapping)]
        if not known:
            return QueryState(outcome="there is no line key template", is_good=False)
        names = [(text(each.get("templateName")), text(each.get("modelDisplayName"))) for each in known]
        choices = [("none", "the layout alone"), *names] if self._template else names
        self.app.push_screen(screens.Picker("Compare with", choices), lambda places: self._picked(known, places))
        return QueryState()

    def _picked(self, known: Sequence[Mapping[str, Any]], places: Sequence[int] | None) -> None:
        if not places:
            return
        place = places[0] - (self._template is not None)
        if place < 0:
            self._template = None
            self.refresh_view()
            return
        template = text(known[place].get("id"))
        self.ask(lambda cloud: self._compare(cloud, template))

    async def _compare(self, cloud: Cloud, template: str) -> QueryState:
        self._template = webex_lines.layout((await cloud.ask("templates get", {"templateId": template})).value)
        return QueryState()


async def _model_keys(cloud: Cloud, device: WebexDevice) -> ModelKeys:
    try:
        return webex_lines.model_keys(device.product, (await cloud.ask("devices supported", {})).value)
    except PhonetuiError:
        return webex_lines.model_keys(device.product, None)


_WIDE_FROM = 100


def members_heading(width: int) -> Row:
    line, owner, wide = _widths(width)
    ends = f"  {pad('host', 15)}  {pad('remote', 15)}" if wide else ""
    return row(
        Run(f"{right('port', 4)}  {pad('line', line)}  {pad('owner', owner)}  {pad('ext.', 6)}  ", Role.LABEL),
        Run(f"{pad('type', 9)}{right('keys', 4)}{ends}", Role.LABEL),
    )


def member_row(member: Member, width: int) -> Row:
    """`host` and `remote` have room only in wide terminals; the detail has them always."""
    line, owner, wide = _widths(width)
    if member.unreadable is not None:
        return row(Run(f"   ✗  unreadable: {member.unreadable}", Role.FAILED))
    port, weight = (DASH if each is None else str(each) for each in (member.port, member.weight))
    parts = [
        Run(f"{right(port, 4)}  ", Role.KEY),
        Run(f"{pad(member.label or DASH, line)}  ", Role.PLAIN if member.label else Role.DIM),
        Run(f"{pad(member.owner or DASH, owner)}  ", Role.TITLE if member.is_owner else Role.PLAIN),
        Run(f"{pad(member.extension or DASH, 6)}  ", Role.VALUE),
        Run(f"{pad(member.line or DASH, 9)}{right(weight, 4)}", Role.LABEL),
    ]
    if wide:
        parts.append(Run(f"  {pad(member.host or DASH, 15)}  {pad(member.remote or DASH, 15)}", Role.DIM))
    return row(*parts)


def member_detail(member: Member | None, width: int) -> list[Row]:
    """One member whole, in two rows."""
    if member is None or member.unreadable is not None:
        return []
    owner = "the phone is theirs" if member.is_owner else ""
    who = (member.kind, owner, member.number, f"at {member.location}" if member.location else "")
    hotline = f"hotline to {member.hotline}" if member.hotline else ""
    where = (f"host {member.host or DASH}", f"remote {member.remote or DASH}", hotline)
    name = Run(clip(member.owner or DASH, width // 2), Role.TITLE)
    return [
        row(" ", name, "  ", Run(" · ".join(filter(None, who)), Role.LABEL)),
        row(" ", Run(clip(" · ".join(filter(None, where)), width - 2), Role.INFO)),
    ]


def hoteling_row(of: str, hoteling: Hoteling | str | None) -> Row:
    """`of` is `workspace` or `person`; a text is why it isn't known, None that the phone isn't listed there."""
    name = Run("hoteling  ", Role.LABEL)
    if isinstance(hoteling, str):
        return row(name, Run(f"✗ {hoteling}", Role.FAILED))
    if hoteling is None:
        owned = f"the phone is not among those of its {of}" if of else "the phone has neither a workspace nor a person"
        return row(name, Run(f"{DASH} {owned}", Role.DIM))
    sign, role = {True: ("●", Role.GOOD), False: ("○", Role.PLAIN), None: ("?", Role.UNKNOWN)}[hoteling.is_on]
    return row(name, Run(f"{sign} {hoteling.words}", role), Run(f"  (its {of}'s)", Role.DIM))


def _widths(width: int) -> tuple[int, int, bool]:
    """Cells of the line's label and of the owner, and whether addresses have room."""
    wide = width >= _WIDE_FROM
    room = max(width - 31 - (34 if wide else 0), 12)
    return room * 4 // 10, room - room * 4 // 10, wide


class MembersScreen(QueryScreen[Member]):
    screen_id = "members"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("members")]
    heading = "Members and hoteling"
    hint = "To change: phonetui webex members set, workspaces or people hoteling"

    def __init__(self, view_state: ViewState, device: WebexDevice) -> None:
        super().__init__(view_state, device)
        self._members: tuple[Member, ...] | None = None
        self._most: int | None = None
        self._hoteling: Hoteling | str | None = None

    async def read(self, cloud: Cloud) -> QueryState:
        """A failure of hoteling is shown beside the members."""
        answer, self._hoteling = await asyncio.gather(
            cloud.ask("members list", {"deviceId": self.device.id}), _hoteling(cloud, self.device)
        )
        self._members, self._most = webex_lines.members(answer.value), whole(at(answer.value, "maxLineCount"))
        return QueryState()

    def head(self, width: int) -> list[Row]:
        first = hoteling_row(_owner(self.device)[0], self._hoteling)
        return [first, (), *([members_heading(width)] if self._members else [])]

    def rows(self, width: int) -> Sequence[Row]:
        if self._members is None:
            return ()
        if not self._members:
            return [row(Run("Nobody has a line on this phone.", Role.DIM))]
        return [member_row(each, width) for each in self._members]

    @property
    def items(self) -> Sequence[Member]:
        return self._members or ()

    def detail(self, width: int) -> list[Row]:
        return member_detail(self.item, width)

    def counts(self) -> str:
        if self._members is None:
            return ""
        return f"{len(self._members)} of {self._most} lines" if self._most else f"{len(self._members)} lines"


def _owner(device: WebexDevice) -> tuple[str, str, str | None]:
    """`workspace` or `person`, the operation that lists its devices, and its id; empty for neither."""
    if device.workspace_id:
        return "workspace", "workspaces devices", device.workspace_id
    return ("person", "people devices", device.person_id) if device.person_id else ("", "", None)


async def _hoteling(cloud: Cloud, device: WebexDevice) -> Hoteling | str | None:
    """A text is why it isn't known."""
    owner, operation, identity = _owner(device)
    if not owner:
        return None
    try:
        return webex_lines.hoteling(device, (await cloud.ask(operation, {f"{owner}Id": identity})).value)
    except PhonetuiError as error:
        return str(error)
