"""Takes what a fleet observes and writes it in a thread, so that nothing waits for a disk.

    fleet ──observations, keyframes, reports──► queue ──► thread: blocks of ten seconds ──► files

A block is closed when it is ten seconds old, a minute where next to nothing happens. A keyframe comes after as many
readings as take a sixth of a second to go through again, so that any moment is found quickly; more seldom with many
phones, of which one costs as much as their readings of a minute. Once a file cannot be written, recording ends with
one notice.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path as File
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from phonetui.monitor.journal import AlertReport, CallReport
from phonetui.monitor.keyframe import Keyframe
from phonetui.monitor.observations import (
    ConnectionChanged,
    EntryWritten,
    FleetCompared,
    LeavesChanged,
    MarkSet,
    Observation,
)
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import EntryKind
from phonetui.recording.block_encoder import BlockBase, BlockEncoder
from phonetui.recording.frame import FrameType
from phonetui.recording.keyframes import KeyframeTables, keyframe_content
from phonetui.recording.outcomes import outcome_content
from phonetui.recording.values import microseconds

if TYPE_CHECKING:
    from phonetui.monitor.journal import Report
    from phonetui.phone.journal import JournalEntry

BLOCK_S, QUIET_BLOCK_S = 10.0, 60.0
QUIET = 40
"""Observations, looks left out, up to which a block may wait longer."""
MOST_IN_BLOCK = 50_000
READINGS = 450
"""Readings after which a keyframe is due."""
KEYFRAME_S, MOST_S = 10.0, 300.0
"""The least and the most time between two keyframes."""
FREE_PHONES, PHONE_S = 100, 0.32
"""Of more phones each adds so much to the least time."""
MOST_WAITING = 500_000
"""Observations that wait for the disk; beyond them recording ends."""
_POLL_S, MOST_UNLOOKED = 5.0, 250
"""Between two looks of the thread, and observations that bring it to look sooner."""
_WAIT_S = 0.1
_CLOSE_S = 5.0
_FLUSH_S = 1.0
_DERIVED = frozenset({EntryKind.ALERT, EntryKind.EVENT})
"""Kinds of journal entries that follow from other observations."""
_log = logging.getLogger(__name__)


class _Finding(NamedTuple):
    """What is written into a block's summary: `kind` is its list there."""

    kind: str
    row: tuple[Any, ...]


class FrameWriter(Protocol):
    """Where frames go: `RecordingFiles`, which describes it, or memory."""

    @property
    def folder(self) -> File: ...

    @property
    def path(self) -> File | None: ...

    def begin(self, first_us: int) -> None: ...

    def write(self, kind: FrameType, content: Any, first_us: int, last_us: int) -> None: ...

    def close(self) -> None: ...


class Recorder:
    """An `ObservationSink` that writes files."""

    def __init__(self, files: FrameWriter, notice: Callable[[str], None]) -> None:
        """`notice` is called in the thread, once, where recording ended by itself."""
        self.failure = ""
        """Why nothing is recorded any more; empty while it is."""
        self.keyframe_at = float("-inf")
        self._files = files
        self._notice = notice
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._readings, self._phones = 0, 0
        self._writer = BlockWriter(files)
        self._ended, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def folder(self) -> File:
        return self._files.folder

    @property
    def path(self) -> File | None:
        """The file that is written; None before the first second."""
        return self._files.path

    def take(self, observation: Observation) -> None:
        if self.failure:
            return
        self._queue.put(observation)
        if type(observation) is LeavesChanged:
            self._readings += 1
        if self._queue.qsize() >= MOST_UNLOOKED:
            self._wake.set()

    def take_report(self, report: "Report") -> None:
        if self.failure:
            return
        if isinstance(report, CallReport):
            if report.measure.grade.is_verdict:
                self._queue.put(_Finding("grades", (report.phone, report.measure.grade.severity)))
        elif isinstance(report, AlertReport):
            alert = report.alert
            row = (
                microseconds(report.seen_at), alert.phone, str(alert.id), alert.subject, str(alert.severity),
                alert.is_active,
            )  # fmt: skip
            self._queue.put(_Finding("alerts", row))

    def take_record(self, record: "CallRecord", before: "CallRecord | None") -> None:
        if self.failure:
            return
        if before is None:
            began = microseconds(record.began_at if record.is_up else record.ended_at or record.seen_at)
            self._queue.put(_Finding("calls", (began, record.phone, *record.key)))
        if not record.is_up:
            self._queue.put(record)

    def wants_keyframe(self, at: float) -> bool:
        since = at - self.keyframe_at
        if self.failure or since < KEYFRAME_S + PHONE_S * max(self._phones - FREE_PHONES, 0):
            return False
        return self._readings >= READINGS or since >= MOST_S

    def take_keyframe(self, keyframe: "Keyframe") -> None:
        self._queue.put(keyframe)
        self._wake.set()
        self._readings, self._phones, self.keyframe_at = 0, len(keyframe.phones), keyframe.at

    def wait(self) -> None:
        """For whoever gives faster than a disk takes: until most of it is written."""
        while self._queue.qsize() > MOST_WAITING // 10 and not self.failure:
            self._ended.wait(_WAIT_S)

    def flush(self) -> None:
        """Waits, for a limited time, until everything taken so far is in the file."""
        written = threading.Event()
        self._queue.put(written)
        self._wake.set()
        written.wait(_FLUSH_S)

    def close(self) -> None:
        """Stops, and waits for a limited time until everything is written."""
        self._ended.set()
        self._wake.set()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._wake.wait(_POLL_S)
                self._wake.clear()
                self._drain()
            self._drain()
            self._writer.close()
        except OSError as error:
            self._fail(error.strerror or str(error))
        except Exception as error:  # noqa: BLE001 - phones are watched whatever becomes of a recording
            _log.exception("recording: fault in the program")
            self._fail(f"fault in phonetui: {type(error).__name__}")
        with suppress(OSError):
            self._files.close()

    def _fail(self, why: str) -> None:
        self.failure = why
        with suppress(Empty):
            while True:
                self._queue.get_nowait()
        self._notice(f"recording ended: {self.folder}: {why}; watching goes on")

    def _drain(self) -> None:
        if self._queue.qsize() > MOST_WAITING:
            raise OSError(0, "the disk is too slow")
        with suppress(Empty):
            while True:
                taken = self._queue.get_nowait()
                if isinstance(taken, threading.Event):
                    self._writer.close_block()
                    taken.set()
                else:
                    self._writer.take(taken)
        self._writer.close_block_if_due()


class BlockWriter:
    """Makes frames of what is taken, in its order. Raises OSError where they cannot be written."""

    def __init__(self, files: FrameWriter) -> None:
        self._files = files
        self._base = BlockBase(0, {}, KeyframeTables(0, {"paths": (), "shapes": ()}))
        self._block = BlockEncoder(self._base)
        self._looks = 0
        self._grades: dict[str, int] = {}
        self._findings: dict[str, list[Any]] = {"alerts": [], "calls": []}
        self._marks: list[tuple[int, str]] = []
        self._entries: list[JournalEntry] = []
        self._taken_back: list[JournalEntry] = []
        """Of those that are recorded already."""
        self._ended: dict[str, CallRecord] = {}
        self._is_open = False
        self._last_us = 0

    def take(self, what: "Observation | Keyframe | CallRecord | _Finding") -> None:
        if isinstance(what, (LeavesChanged, ConnectionChanged)):  # nearly all, and nothing else follows from them
            if self._is_open:
                self._block.add(what)
        elif isinstance(what, Keyframe):
            self._write_keyframe(what)
        elif isinstance(what, _Finding):
            self._take_finding(what)
        elif isinstance(what, CallRecord):
            self._ended[what.id] = what
        else:
            self._take_observation(what)

    def close_block_if_due(self) -> None:
        block = self._block
        age_s = (block.last_us - block.first_us) / 1e6
        is_quiet = len(block) - self._looks <= QUIET and not self._marks
        if len(block) >= MOST_IN_BLOCK or age_s >= (QUIET_BLOCK_S if is_quiet else BLOCK_S):
            self.close_block()

    def close(self) -> None:
        self.close_block()
        if self._is_open:
            self._write_outcomes(self._last_us)

    def _take_observation(self, what: Observation) -> None:
        if isinstance(what, EntryWritten):
            for entry in what.taken_back:
                if entry in self._entries:
                    self._entries.remove(entry)
                else:
                    self._taken_back.append(entry)
            self._entries.append(what.entry)
            if what.entry.kind in _DERIVED:
                return
        if not self._is_open:
            return  # what comes before the first keyframe is in it
        self._block.add(what)
        if isinstance(what, FleetCompared):
            self._looks += 1
            if not self._looks % 40:
                self.close_block_if_due()
        elif isinstance(what, MarkSet):
            self._marks.append((microseconds(what.seen_at), what.words))

    def _take_finding(self, finding: _Finding) -> None:
        if finding.kind == "grades":
            phone, severity = finding.row
            self._grades[phone] = max(self._grades.get(phone, 0), severity)
        else:
            self._findings[finding.kind].append(finding.row)

    def close_block(self) -> None:
        if not len(self._block) or not self._is_open:
            return
        block, self._block, self._looks = self._block, BlockEncoder(self._base), 0
        first, last = block.first_us or self._last_us, block.last_us or self._last_us
        self._last_us = last
        self._files.write(FrameType.UPDATES, block.content, first, last)
        summary = {"grades": self._grades, **self._findings}
        self._files.write(FrameType.SUMMARY, summary, first, last)
        for at, words in self._marks:
            self._files.write(FrameType.MARK, {"words": words}, at, at)
        self._grades, self._findings, self._marks = {}, {"alerts": [], "calls": []}, []

    def _write_keyframe(self, keyframe: Keyframe) -> None:
        self.close_block()
        now = microseconds(keyframe.seen_at)
        self._files.begin(now)
        self._is_open = True
        self._write_outcomes(now)
        if figures := [row for phone, each in keyframe.figures.items() for row in _figure_rows(phone, each)]:
            self._files.write(FrameType.FIGURES, figures, now, now)
        content = keyframe_content(keyframe)
        self._files.write(FrameType.KEYFRAME, content, now, now)
        documents = {phone: each.document for phone, each in keyframe.phones.items()}
        self._base = BlockBase(now, documents, KeyframeTables(now, content["documents"]))
        self._block, self._looks = BlockEncoder(self._base), 0
        self._last_us = now

    def _write_outcomes(self, now: int) -> None:
        if self._entries:
            self._files.write(FrameType.ENTRIES, outcome_content(self._entries, self._taken_back), now, now)
        if self._ended:
            self._files.write(FrameType.CALLS, outcome_content(self._ended.values()), now, now)
        self._entries, self._taken_back, self._ended = [], [], {}


def _figure_rows(phone: str, figures: Any) -> "list[tuple[Any, ...]]":
    """Rows of figures: phone, call or port, since when, times, columns."""
    return [
        (phone, key if isinstance(key, tuple) else (key,), since_at, samples.times, samples.columns)
        for each in (figures.calls, figures.ports)
        for key, (since_at, samples) in each.items()
        if samples.times
    ]


def new_run() -> str:
    """A unique id."""
    return secrets.token_hex(8)
