"""Answers to GET: which part of which document."""

from collections.abc import Callable, Mapping

from phonetui.simulator import documents, locations, manual
from phonetui.simulator.element import Element
from phonetui.simulator.letterhead import Letterhead
from phonetui.simulator.manual import UNREADABLE
from phonetui.xapi.path import Path

WHOLE = {
    "/status.xml": "/Status",
    "/configuration.xml": "/Configuration",
    "/command.xml": "/Command",
    "/valuespace.xml": "/Valuespace",
}
"""Paths that stand for a whole document."""


def read(head: Letterhead, location: str, status: Mapping[Path, str], configuration: Mapping[Path, str]) -> Element:
    """The answer's root: the document pruned to the location, or what stands for nothing, or Fault."""
    try:
        wanted = locations.parse(location)
    except locations.Unparsable:
        return documents.fault(location)
    sources: dict[str, Callable[[], Element]] = {
        "status": lambda: documents.status(head, _narrowed(status, wanted)),
        "configuration": lambda: documents.configuration(head, configuration),
        "command": lambda: manual.command_document(head),
        "valuespace": lambda: manual.valuespace_document(head),
    }
    source = sources.get(wanted.document)
    found = locations.pruned(source(), wanted.steps) if source else None
    return found or head.nothing(wanted.document.capitalize(), location)


def is_hidden(location: str, role: str) -> bool:
    """Whether a location lies in what a role may not see of the status tree."""
    try:
        wanted = locations.parse(location)
    except locations.Unparsable:
        return False
    hidden = {name.casefold() for name in UNREADABLE[role]}
    return wanted.document == "status" and bool(wanted.steps) and wanted.steps[0].name in hidden


def visible(leaves: Mapping[Path, str], role: str) -> Mapping[Path, str]:
    """What a role may see of the status tree."""
    return {path: value for path, value in leaves.items() if path[0] not in UNREADABLE[role]}


def _narrowed(leaves: Mapping[Path, str], wanted: locations.Location) -> Mapping[Path, str]:
    """The leaves of the location's first name: elements for the rest need not be built."""
    if not wanted.steps or wanted.steps[0].deep or wanted.steps[0].name == "*":
        return leaves
    top = wanted.steps[0].name
    return {path: value for path, value in leaves.items() if str(path[0]).casefold() == top}
