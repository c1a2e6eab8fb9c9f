"""Reads a recording: its files, what is damaged, keyframes, and the observations after them.

Files of one run follow each other. A run that overlaps an earlier one was recorded by another program at the same time:
it is left out, and said.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from operator import attrgetter
from pathlib import Path as File
from typing import Any, NamedTuple, TypeVar

from phonetui.errors import ConfigError, ProtocolError
from phonetui.monitor.keyframe import Keyframe
from phonetui.monitor.observations import Observation
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import JournalEntry
from phonetui.recording.block_decoder import base_of, observations_of
from phonetui.recording.files import SUFFIX, recorded_files
from phonetui.recording.frame import FrameType, header_at
from phonetui.recording.keyframes import KeyframeTables, keyframe_of
from phonetui.recording.lost_spans import KeyframeLost, LostSpan, LostSpans
from phonetui.recording.outcomes import outcomes_of, without
from phonetui.recording.recording_file import RecordingFile
from phonetui.recording.values import moment_of

Outcome = TypeVar("Outcome", JournalEntry, CallRecord)
_FRAMES = {JournalEntry: FrameType.ENTRIES, CallRecord: FrameType.CALLS}


class Position(NamedTuple):
    """The position of a keyframe: file and place."""

    file: int
    place: int
    at_us: int


class Restart(NamedTuple):
    """Play continues from a keyframe here: another run begins, or what came before is lost."""

    keyframe: Keyframe
    position: Position


class Recording:
    """A recording: files of one or several runs, in the order of time."""

    def __init__(self, path: File, files: list[RecordingFile] | None = None) -> None:
        """A file, or a folder of them, or what is given. Raises ConfigError where there is nothing to be read."""
        self.path = path
        self.warnings: list[str] = []
        self.files = self._sorted(path) if files is None else files
        self._lost = LostSpans(span for file in self.files for span in file.lost)
        self._tables: tuple[int, KeyframeTables] | None = None
        """In which file, and what the blocks after a keyframe there go on from."""
        keyframes = [
            Position(number, place, at)
            for number, file in enumerate(self.files)
            for place, at in zip(
                file.of_type(FrameType.KEYFRAME).offsets, file.of_type(FrameType.KEYFRAME).first_us, strict=True
            )
        ]
        if not keyframes:
            raise ConfigError(f"{path} holds nothing that was observed", "It ended before its first second")
        self._keyframes = keyframes
        self.first_us = keyframes[0].at_us
        self.last_us = max(file.last_us for file in self.files)

    def _sorted(self, path: File) -> list[RecordingFile]:
        if not path.is_dir():
            return [RecordingFile(path)]
        files = []
        for each in sorted(recorded_files(path)):
            try:
                files.append(RecordingFile(each))
            except ConfigError as error:
                self.warnings.append(str(error))
        if not files:
            why = self.warnings[0] if self.warnings else f"{path} holds no recording"
            raise ConfigError(why, f"Give a file that ends with {SUFFIX}, or a folder of them")
        return self._without_overlaps(sorted(files, key=lambda file: file.first_us))

    def _without_overlaps(self, files: list[RecordingFile]) -> list[RecordingFile]:
        runs: dict[str, list[RecordingFile]] = {}
        for file in files:
            runs.setdefault(file.run, []).append(file)
        kept: list[RecordingFile] = []
        for members in runs.values():
            if kept and members[0].first_us < kept[-1].last_us:
                self.warnings.append(
                    f"{members[0].path.name} was recorded by another program at the same time and is left out: "
                    "give it by its own name"
                )
                for member in members:
                    member.close()
                continue
            kept += members
        return kept

    @property
    def lost(self) -> list[LostSpan]:
        """What was found damaged so far, in the order of time; bodies are read only when they are wanted."""
        return self._lost.sorted

    def lost_before(self, at_us: int) -> LostSpan | None:
        """What is lost in or before a moment and not made up for by a keyframe since, as far as it was found."""
        for span in self._lost.sorted:
            after = bisect_left(self._keyframes, span.last_us, key=attrgetter("at_us"))  # a block ends with its look
            ends_us = self._keyframes[after].at_us if after < len(self._keyframes) else self.last_us + 1
            if span.first_us <= at_us < ends_us:
                return span
        return None

    @property
    def is_masked(self) -> bool:
        return all(file.masked for file in self.files)

    @property
    def first(self) -> datetime:
        return moment_of(self.first_us)

    @property
    def last(self) -> datetime:
        return moment_of(self.last_us)

    def position_before(self, at_us: int) -> Position:
        """The latest keyframe that is not after `at_us`, else the first."""
        return self._keyframes[self._place_before(at_us)]

    def _place_before(self, at_us: int) -> int:
        return max(bisect_right(self._keyframes, at_us, key=attrgetter("at_us")) - 1, 0)

    def keyframe_near(self, at_us: int) -> tuple[Position, Keyframe]:
        """The latest keyframe up to `at_us` that can be read. Raises ProtocolError where none can be."""
        place = self._place_before(at_us)
        for number in (*range(place, -1, -1), *range(place + 1, len(self._keyframes))):
            position = self._keyframes[number]
            try:
                return position, self.keyframe(position)
            except ProtocolError as error:
                self.note_lost(position.file, position.place, error)
        raise ProtocolError("none of its keyframes can be read")

    def keyframe(self, position: Position) -> Keyframe:
        """Raises ProtocolError."""
        content = self.files[position.file].content(position.place)
        self._tables = (position.file, _tables(position.at_us, content))
        return keyframe_of(content)

    def read(self, file: int, place: int, kind: int) -> None:
        """A frame of one type, whatever stands in it. Raises ProtocolError where it cannot be read."""
        match kind:
            case FrameType.KEYFRAME:
                self.keyframe(Position(file, place, self.files[file].header(place).first_us))
            case FrameType.UPDATES:
                for _ in self.observations(file, place):
                    pass
            case FrameType.ENTRIES:
                outcomes_of(self.files[file].content(place), JournalEntry)
            case FrameType.CALLS:
                outcomes_of(self.files[file].content(place), CallRecord)
            case _:
                self.files[file].content(place)

    def observations(self, file: int, place: int) -> Iterator[Observation]:
        """The observations in a block. Raises ProtocolError where it cannot be read."""
        content = self.files[file].content(place)
        base_us = base_of(content)
        return observations_of(content, None if base_us is None else self._tables_at(file, base_us))

    def _tables_at(self, file: int, at_us: int) -> KeyframeTables:
        """Of the keyframe of that moment; the latest stays at hand. Raises ProtocolError where it is lost."""
        if self._tables is None or self._tables[0] != file or self._tables[1].at_us != at_us:
            keyframes = self.files[file].of_type(FrameType.KEYFRAME)
            found = bisect_left(keyframes.first_us, at_us)
            if found == len(keyframes) or keyframes.first_us[found] != at_us:
                raise KeyframeLost(at_us)
            try:
                content = self.files[file].content(keyframes.offsets[found])
                self._tables = (file, _tables(at_us, content))
            except ProtocolError as error:
                self.note_lost(file, keyframes.offsets[found], error)
                raise KeyframeLost(at_us) from error
        return self._tables[1]

    def steps_after(self, position: Position) -> Iterator[list[Observation] | Restart]:
        """All that was observed after a keyframe, a block at a time, up to the end of the recording."""
        run, has_lost = self.files[position.file].run, False
        for number in range(position.file, len(self.files)):
            file = self.files[number]
            start = position.place if number == position.file else 0
            spans = {span.last_us for span in file.lost}
            for place, kind, at_us in _in_order(file, start):
                if kind == FrameType.UPDATES:
                    observed = self._observed(number, place)
                    has_lost |= observed is None
                    if observed is not None:
                        yield observed
                    continue
                has_lost |= any(position.at_us < last <= at_us for last in spans)
                spans = {last for last in spans if last > at_us}
                if place == start and number == position.file:
                    continue
                if has_lost or file.run != run:
                    here = Position(number, place, at_us)
                    try:
                        keyframe = self.keyframe(here)
                    except ProtocolError as error:
                        self.note_lost(number, place, error)
                        continue
                    yield Restart(keyframe, here)
                    has_lost, run = False, file.run

    def _observed(self, file: int, place: int) -> list[Observation] | None:
        """None where the block cannot be read, which is then among those that are lost."""
        try:
            return list(self.observations(file, place))
        except ProtocolError as error:
            self.note_lost(file, place, error)
            return None

    def note_lost(self, file: int, place: int, error: ProtocolError) -> None:
        """Notes that a frame cannot be read."""
        header = header_at(self.files[file].data, place)
        first_us, last_us = (header.first_us, header.last_us) if header is not None else (self.last_us, self.last_us)
        self._lost.add((file, place), first_us, last_us, self.files[file].path.name, error)

    def content(self, file: int, place: int) -> Any:
        """The content of a frame; None, and noted, where it cannot be read."""
        try:
            return self.files[file].content(place)
        except ProtocolError as error:
            self.note_lost(file, place, error)
            return None

    def _outcomes(self, file: int, place: int, kind: type[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
        content = self.content(file, place)
        if content is None:
            return [], []
        try:
            return outcomes_of(content, kind)
        except ProtocolError as error:
            self.note_lost(file, place, error)
            return [], []

    def outcomes(self, kind: type[Outcome], position: Position, most: int) -> list[Outcome]:
        """Entries or call records of the run up to a keyframe, oldest first, at most the `most` latest."""
        found: list[list[Outcome]] = []
        gone: Counter[Outcome] = Counter()
        run, count = self.files[position.file].run, 0
        for number in range(position.file, -1, -1):
            if self.files[number].run != run:
                break
            for place in reversed(self.files[number].of_type(_FRAMES[kind]).offsets):
                if number == position.file and place >= position.place:
                    continue
                outcomes, taken_back = self._outcomes(number, place, kind)
                found.append(without(outcomes, gone))
                gone.update(taken_back)
                count += len(found[-1])
                if count >= most:
                    return [outcome for frame in reversed(found) for outcome in frame][-most:]
        return [outcome for frame in reversed(found) for outcome in frame]

    def calls(self) -> Iterator[CallRecord]:
        """Those that were over while it was recorded, of all runs, in no order; one that went on twice."""
        for number, file in enumerate(self.files):
            for place in file.of_type(FrameType.CALLS).offsets:
                yield from self._outcomes(number, place, CallRecord)[0]

    def figures(self, position: Position) -> Iterator[tuple[Any, int]]:
        """Figures over time of the run up to a keyframe, with its own, the newest first, and when they were written."""
        run = self.files[position.file].run
        for number in range(position.file, -1, -1):
            file = self.files[number]
            if file.run != run:
                return
            found = file.of_type(FrameType.FIGURES)
            for place, at_us in zip(reversed(found.offsets), reversed(found.first_us), strict=True):
                if number != position.file or place < position.place:
                    content = self.content(number, place)
                    if content is not None:
                        yield content, at_us

    def keep_mark(self, at_us: int, words: str) -> str:
        """Appends a mark to the newest file that was whole; why it is for this run alone, empty where it is kept."""
        file = next(file for file in reversed(self.files) if file.first_us <= at_us or file is self.files[0])
        if not file.is_file:
            return "Marked for as long as the display is frozen: nothing is recorded."
        if file.is_cut:
            return f"Marked for this session only: {file.path.name} ends within a block."
        try:
            with file.path.open("ab") as opened:
                opened.write(file.codec.pack(FrameType.MARK, {"words": words}, at_us, at_us))
        except OSError as error:
            return f"Marked for this session only: {file.path.name}: {error.strerror or 'cannot be written'}."
        return ""

    def close(self) -> None:
        for file in self.files:
            file.close()


def _tables(at_us: int, content: Any) -> KeyframeTables:
    """Raises ProtocolError."""
    documents = content.get("documents") if isinstance(content, dict) else None
    return KeyframeTables(at_us, documents)


def _in_order(file: RecordingFile, start: int) -> Iterator[tuple[int, int, int]]:
    """Keyframes and updates from `start` on: place, type, first moment."""
    return merge(*(_frames(file, kind, start) for kind in (FrameType.KEYFRAME, FrameType.UPDATES)))


def _frames(file: RecordingFile, kind: FrameType, start: int) -> Iterator[tuple[int, int, int]]:
    """Of one type, from `start` on: place, type, first moment."""
    frames = file.of_type(kind)
    for number in range(bisect_left(frames.offsets, start), len(frames)):
        yield frames.offsets[number], int(kind), frames.first_us[number]
