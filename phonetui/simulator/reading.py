"""Answers to GET: which part of which document."""

from collections.abc import Callable, Mapping

from phonetui.simulator import documents, locations, manual
from phonetui.simulator.element import Element
from phonetui.simulator.letterhead import Letterhead
from phonetui.xapi.path import Path

WHOLE = {
    "/status.xml": "/Status",
    "/configuration.xml": "/Configuration",
    "/command.xml": "/Command",
    "/valuespace.xml": "/Valuespace",
}
"""Paths that stand for a whole document."""


def read(head: Letterhead, location: str, status: Mapping[Path, str], configuration: Mapping[Path, str]) -> Element:
    """The answer's root: the document pruned to the location, EmptyResult, or Fault."""
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
    return found or head.root("EmptyResult")


def _narrowed(leaves: Mapping[Path, str], wanted: locations.Location) -> Mapping[Path, str]:
    """The leaves of the location's first name: elements for the rest need not be built."""
    if not wanted.steps or wanted.steps[0].deep or wanted.steps[0].name == "*":
        return leaves
    top = wanted.steps[0].name
    return {path: value for path, value in leaves.items() if str(path[0]).casefold() == top}
