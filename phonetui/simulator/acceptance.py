"""Which commands a recorded phone takes, and with which parameters: by its own `/command.xml` and `/valuespace.xml`.

Without these the published commands are taken, with whatever parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from phonetui.simulator.element import Element
from phonetui.simulator.requests import Call
from phonetui.xapi.catalog import Kind, phoneos


@dataclass(frozen=True, slots=True)
class _Command:
    names: tuple[str, ...]
    parameters: tuple[Element, ...] | None
    """None: not known."""


class Acceptance:
    """Knows one phone's commands."""

    def __init__(self, manual: Element | None, spaces: Element | None) -> None:
        known = _commands(manual) if manual is not None else _published()
        self._commands = {tuple(name.casefold() for name in each.names): each for each in known}
        self._spaces = {space.name.casefold(): space for space in spaces or ()}

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """Folded."""
        return frozenset(self._commands)

    def refusal(self, call: Call) -> Element | None:
        """The Result of a command that isn't taken; None for one that is."""
        command = self._commands.get(tuple(name.casefold() for name in call.path))
        if command is None:
            result = Element("Result", {"status": "Error"})
            result.add("Reason", "Unknown command")
            result.add("XPath", "/" + "/".join(call.path))
            return result
        wrong = next(self._wrong(command, call), None)
        if wrong is None:
            return None
        result = Element(title(call), {"status": "ParameterError"})
        result.add(wrong[0]).add("Value", wrong[1])
        return result

    def _wrong(self, command: _Command, call: Call) -> Iterator[tuple[str, str]]:
        if command.parameters is None:
            return
        known = {each.name.casefold(): each for each in command.parameters}
        for name, value in call.arguments:
            parameter = known.get(name.casefold())
            if name.casefold() == "body":
                continue
            if parameter is None:
                yield name, "Unknown parameter"
            elif not self._allows(parameter, value):
                yield parameter.name, "Invalid value"
        for parameter in command.parameters:
            if parameter.attributes.get("required", "").casefold() == "true" and call.value(parameter.name) is None:
                yield parameter.name, "Missing parameter"

    def _allows(self, parameter: Element, value: str) -> bool:
        reference = parameter.attributes.get("valueSpaceRef", "").rpartition("/")[2]
        space = self._spaces.get(reference.casefold())
        match space.attributes.get("type", "").casefold() if space is not None else "":
            case "integer" if space is not None:
                return value.lstrip("-").isdecimal() and len(value) < 12 and _within(space, int(value), "Min", "Max")
            case "string" if space is not None:
                return _within(space, len(value), "MinLength", "MaxLength")
            case "literal" if space is not None:
                return value.casefold() in (each.text.strip().casefold() for each in space)
        return True


def title(call: Call) -> str:
    """The last two words of a command's name, as room devices call a result."""
    return "".join(call.path[-2:]) + "Result"


def _commands(node: Element, above: tuple[str, ...] = ()) -> Iterator[_Command]:
    for child in node:
        names = (*above, child.name)
        if child.attributes.get("command", "").casefold() == "true":
            yield _Command(names, tuple(child.children))
        else:
            yield from _commands(child, names)


def _published() -> Iterator[_Command]:
    return (_Command(each.path.names, None) for each in phoneos().entries if each.kind is Kind.COMMAND)


def _within(space: Element, number: int, low: str, high: str) -> bool:
    lowest, highest = (node.text.strip() if (node := space.find(name)) else "" for name in (low, high))
    above = not lowest.lstrip("-").isdecimal() or number >= int(lowest)
    return above and (not highest.lstrip("-").isdecimal() or number <= int(highest))
