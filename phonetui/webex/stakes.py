"""What would be lost or interrupted by a write, so that somebody can be asked before."""

from phonetui.webex.operation import Operation
from phonetui.webex.request import Values
from phonetui.xapi.path import Path
from phonetui.xapi.schema import is_dangerous

_COMMAND = "commandName"


def at_stake(operation: Operation, values: Values) -> str:
    """A clause in words; empty where another call undoes it."""
    if _COMMAND in operation.places and is_dangerous(Path.parse(str(values.get(_COMMAND) or ""))):
        return "it is not undone by another command"
    is_meant = all(values.get(name) == word for name, word in operation.confirm_when.items())
    return operation.confirm if is_meant else ""
