"""Questions that a viewer may ask about a phone, and the form of their answers.

    document    the whole status tree, with the age of each leaf; nothing but its tag where the viewer has it already
    history     the figures of its calls and ports over time, those newer than the viewer has
    calls       the calls that it has now: the phone is asked
    screenshot  a picture of its screen

An answer that is larger than a message comes in parts: header `Part: 2/3`. A refusal has the header `Refused`.
"""

from array import array
from collections.abc import Iterable, Mapping

from msgspec import Struct

from phonetui.errors import (
    AccessError,
    CommandRefused,
    ConfigError,
    PhonetuiError,
    ProtocolError,
    TransportError,
    Unreachable,
)
from phonetui.phone.history import CallHistory, FigureSamples, PortHistory
from phonetui.phone.state import CallKey
from phonetui.text import Printable, printable
from phonetui.xapi.command import CommandResult
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path

PART, REFUSED = "Part", "Refused"
"""Headers of answers."""
LARGEST_PART = 512 * 1024
"""Bytes; servers take messages of 1 MiB unless configured otherwise."""
MOST_PARTS = 64


class DocumentQuestion(Struct, frozen=True):
    """Asks for a phone's status tree, unless it is the one that the viewer has."""

    known: int = 0
    """The tag of the document that the viewer has; 0 for none."""


class WireLeaf(Struct, frozen=True, array_like=True):
    """One leaf of a status tree with the seconds since it changed last."""

    path: tuple[str | int, ...]
    value: str
    age_s: float


class DocumentAnswer(Struct, frozen=True):
    """A phone's status tree, or that it is the one of the question."""

    tag: int
    leaves: tuple[WireLeaf, ...] | None = None
    """None where the viewer has them: the tag is that of its question."""


class HistoryQuestion(Struct, frozen=True):
    """Asks for samples of a phone's calls and ports that the viewer doesn't have yet."""

    newest_age_s: float | None = None
    """Since the newest sample that the viewer has; None where it has none."""


class WireSamples(Struct, frozen=True, array_like=True):
    """Samples of series that are read together; doubles and floats in little-endian order."""

    line: int
    """The line, or a port's index."""
    call: int
    since_age_s: float
    ages: bytes
    columns: tuple[bytes, ...]


class HistoryAnswer(Struct, frozen=True):
    """Samples of a phone's calls and ports."""

    calls: tuple[WireSamples, ...] = ()
    ports: tuple[WireSamples, ...] = ()


class WireResult(Struct, frozen=True):
    """The result of a command."""

    name: str
    leaves: tuple[WireLeaf, ...] = ()
    image: bytes | None = None


class WireError(Struct, frozen=True):
    """An error of the collector's, as it is raised again at the viewer's."""

    kind: str
    message: str
    hint: str = ""
    reason: str = ""
    block: tuple[str, ...] = ()


_KINDS: Mapping[str, type[PhonetuiError]] = {
    error.kind: error for error in (ConfigError, AccessError, CommandRefused, ProtocolError, TransportError)
}


def error_of(error: PhonetuiError) -> WireError:
    """The error in the form in which it crosses machines."""
    return WireError(error.kind, error.message, error.hint, error.reason, getattr(error, "block", ()))


def raised(error: WireError) -> PhonetuiError:
    """The error as it was raised at the collector, as far as what to do next depends on it."""
    kind = _KINDS.get(error.kind, Unreachable)
    if kind is CommandRefused:
        return CommandRefused(error.message, error.hint, block=tuple(map(printable, error.block)))
    return kind(error.message, error.hint, reason=str(printable(error.reason)))


def leaves_of(document: Document, changed_at: Mapping[Path, float], at: float) -> tuple[WireLeaf, ...]:
    """A document's leaves with their ages at monotonic second `at`."""
    return tuple([
        WireLeaf(tuple(path), value, round(at - changed_at.get(path, at), 3)) for path, value in document.items()
    ])  # fmt: skip


def document_of(leaves: Iterable[WireLeaf], at: float) -> tuple[Document, dict[Path, float]]:
    """The document, and the monotonic second at which each leaf changed; `at` is that of the answer."""
    values: dict[Path, Printable] = {}
    changed_at: dict[Path, float] = {}
    for leaf in leaves:
        path = Path(leaf.path)
        values[path], changed_at[path] = printable(leaf.value), at - leaf.age_s
    return Document(values), changed_at


def result_of(result: CommandResult) -> WireResult:
    """A command's result in the form in which it crosses machines."""
    return WireResult(result.name, leaves_of(result.document, {}, 0.0), result.image)


def command_result(result: WireResult) -> CommandResult:
    """The result of a command out of the form in which it crosses machines."""
    return CommandResult(printable(result.name), document_of(result.leaves, 0.0)[0], result.image)


def history_answer(
    calls: Mapping[CallKey, CallHistory], ports: Mapping[int, PortHistory], question: HistoryQuestion, at: float
) -> HistoryAnswer:
    """The samples that the question asks for, as of monotonic second `at`."""
    after = at - question.newest_age_s if question.newest_age_s is not None else float("-inf")
    return HistoryAnswer(
        tuple([
            _samples(line, call, history.since_at, history.mos.samples_after(after), at)
            for (line, call), history in calls.items()
        ]),
        tuple([
            _samples(index, 0, history.since_at, history.rx_per_s.samples_after(after), at)
            for index, history in ports.items()
        ]),
    )  # fmt: skip


def _samples(first: int, second: int, since_at: float, samples: FigureSamples, at: float) -> WireSamples:
    ages = array("d", [moment - at for moment in array("d", samples.times)])
    return WireSamples(first, second, at - since_at, ages.tobytes(), samples.columns)


def join_samples(history: CallHistory | PortHistory, samples: WireSamples, at: float) -> float:
    """Takes what is newer than what there is; the monotonic second of the newest. Raises ProtocolError."""
    series = history.mos if isinstance(history, CallHistory) else history.rx_per_s
    try:
        times = array("d", [moment + at for moment in array("d", samples.ages)])
        series.join(FigureSamples(times.tobytes(), samples.columns))
    except ValueError as error:
        raise ProtocolError("figures over time that cannot be read") from error
    return times[-1] if times else float("-inf")
