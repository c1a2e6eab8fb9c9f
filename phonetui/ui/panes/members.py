"""Who has a line on a phone, one a row, and whether guests may use it."""

from phonetui.ui.format import DASH
from phonetui.ui.row import Role, Row, Run, clip, pad, right, row
from phonetui.webex.lines import Hoteling, Member

_WIDE_FROM = 100


def heading(across: int) -> Row:
    line, owner, wide = _widths(across)
    ends = f"  {pad('host', 15)}  {pad('remote', 15)}" if wide else ""
    return row(
        Run(f"{right('port', 4)}  {pad('line', line)}  {pad('owner', owner)}  {pad('ext.', 6)}  ", Role.LABEL),
        Run(f"{pad('type', 9)}{right('keys', 4)}{ends}", Role.LABEL),
    )


def member_row(member: Member, across: int) -> Row:
    """`host` and `remote` have room only in wide terminals; the detail has them always."""
    line, owner, wide = _widths(across)
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


def detail(member: Member | None, across: int) -> list[Row]:
    """One member whole, in two rows."""
    if member is None or member.unreadable is not None:
        return []
    who = (
        member.kind,
        "the phone is theirs" if member.is_owner else "",
        member.number,
        f"at {member.location}" if member.location else "",
    )
    where = (
        f"host {member.host or DASH}",
        f"remote {member.remote or DASH}",
        f"hotline to {member.hotline}" if member.hotline else "",
    )
    told, name = " · ".join(filter(None, who)), clip(member.owner or DASH, across // 2)
    return [
        row(" ", Run(name, Role.TITLE), "  ", Run(told, Role.LABEL)),
        row(" ", Run(clip(" · ".join(filter(None, where)), across - 2), Role.INFO)),
    ]


def guests(of: str, hoteling: Hoteling | str | None) -> Row:
    """`of` is `workspace` or `person`; a text is why it isn't known, None that the phone isn't listed there."""
    name = Run("hoteling  ", Role.LABEL)
    match hoteling:
        case Hoteling():
            sign = "●" if hoteling.is_on else "○" if hoteling.is_on is False else "?"
            role = Role.GOOD if hoteling.is_on else Role.PLAIN if hoteling.is_on is False else Role.UNKNOWN
            return row(name, Run(f"{sign} {hoteling.words}", role), Run(f"  (its {of}'s)", Role.DIM))
        case None:
            words = (
                f"the phone is not among those of its {of}" if of else "the phone has neither a workspace nor a person"
            )
            return row(name, Run(f"{DASH} {words}", Role.DIM))
        case _:
            return row(name, Run(f"✗ {hoteling}", Role.FAILED))


def _widths(across: int) -> tuple[int, int, bool]:
    """Cells of the line's label and of the owner, and whether addresses have room."""
    wide = across >= _WIDE_FROM
    room = max(across - 31 - (34 if wide else 0), 12)
    return room * 4 // 10, room - room * 4 // 10, wide
