"""What became of a number that was dialled."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonetui.xapi.command import CommandResult  # brings the whole language along: not before the first frame


def told(answer: "CommandResult") -> str:
    """`call 0 on line 1`, as far as the phone said."""
    said = {path.names[-1]: value for path, value in answer.document.items() if path.names}
    parts = [
        f"call {said['CallId']}" if "CallId" in said else "",
        f"on line {said['LineId']}" if "LineId" in said else "",
    ]
    return " ".join(filter(None, parts)) or "the phone accepted"
