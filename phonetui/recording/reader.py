"""Reads a recording: its files, what is damaged, keyframes, and the observations after them.

Files of one run follow each other. A run that overlaps an earlier one was recorded by another program at the same time:
it is left out, and said.
"""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path as File
from typing import Any, NamedTuple

from phonetui.errors import ConfigError, ProtocolError
from phonetui.monitor.keyframe import Keyframe
from phonetui.monitor.observations import Observation
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import JournalEntry
from phonetui.recording.block_decoder import base_of, observations_of
from phonetui.recording.files import SUFFIX, recorded_files
from phonetui.recording.frame import FrameType, header_at
from phonetui.recording.keyframes import KeyframeTables, keyframe_of
from phonetui.recording.recording_file import LostSpan, RecordingFile
from phonetui.recording.values import ValueDecoder, moment_of


class Position(NamedTuple):
    """A keyframe: in which file, at which place."""

    file: int
    place: int
    at_us: int


class Restart(NamedTuple):
    """From here on it goes on from a keyframe: another run begins, or what came before is lost."""

    keyframe: Keyframe
    position: Position


class Recording:
    """Files of one or several runs, in the order of time."""

    def __init__(self, path: File, files: list[RecordingFile] | None = None) -> None:
        """A file, or a folder of them, or what is given. Raises ConfigError where there is nothing to be read."""
        self.path = path
        self.warnings: list[str] = []
        self.files = self._sorted(path) if files is None else files
        self.lost: list[LostSpan] = [span for file in self.files for span in file.lost]
        self._known_lost: set[tuple[int, int]] = set()
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
        low, high = 0, len(self._keyframes)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._keyframes[middle].at_us <= at_us else (low, middle)
        return self._keyframes[max(low - 1, 0)]

    def keyframe_near(self, at_us: int) -> tuple[Position, Keyframe]:
        """The latest keyframe up to `at_us` that can be read. Raises ProtocolError where none can be."""
        place = self._keyframes.index(self.position_before(at_us))
        for position in (*reversed(self._keyframes[: place + 1]), *self._keyframes[place + 1 :]):
            with suppress(ProtocolError):
                return position, self.keyframe(position)
        raise ProtocolError("none of its keyframes can be read")

    def keyframe(self, position: Position) -> Keyframe:
        """Raises ProtocolError."""
        content = self.files[position.file].content(position.place)
        self._tables = (position.file, _tables(position.at_us, content))
        return keyframe_of(content)

    def observations(self, file: int, place: int) -> Iterator[Observation]:
        """What the block at a place of a file holds. Raises ProtocolError where it cannot be read."""
        content = self.files[file].content(place)
        base_us = base_of(content)
        return observations_of(content, None if base_us is None else self._tables_at(file, base_us))

    def _tables_at(self, file: int, at_us: int) -> KeyframeTables:
        """Of the keyframe of that moment; the latest stays at hand. Raises ProtocolError where it is lost."""
        if self._tables is None or self._tables[0] != file or self._tables[1].at_us != at_us:
            keyframes = self.files[file].of_type(FrameType.KEYFRAME)
            found = bisect_left(keyframes.first_us, at_us)
            if found == len(keyframes) or keyframes.first_us[found] != at_us:
                raise ProtocolError("the keyframe that it goes on from is lost")
            content = self.files[file].content(keyframes.offsets[found])
            self._tables = (file, _tables(at_us, content))
        return self._tables[1]

    def steps_after(self, position: Position) -> Iterator[list[Observation] | Restart]:
        """All that was observed after a keyframe, a block at a time, up to the end of the recording."""
        run, has_lost = self.files[position.file].run, False
        for number in range(position.file, len(self.files)):
            file = self.files[number]
            start = position.place if number == position.file else 0
            spans = {span.last_us for span in file.lost}
            for kind, place, at_us in _in_order(file, start):
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
                    with suppress(ProtocolError):
                        here = Position(number, place, at_us)
                        yield Restart(self.keyframe(here), here)
                        has_lost, run = False, file.run

    def _observed(self, file: int, place: int) -> list[Observation] | None:
        """None where the block cannot be read, which is then among those that are lost."""
        try:
            return list(self.observations(file, place))
        except ProtocolError as error:
            self._add_lost(self.files[file], place, error)
            return None

    def _add_lost(self, file: RecordingFile, place: int, error: ProtocolError) -> None:
        header = header_at(file.data, place)
        key = (self.files.index(file), place)
        if header is not None and key not in self._known_lost:
            self._known_lost.add(key)
            self.lost.append(LostSpan(header.first_us, header.last_us, f"a block of {file.path.name}: {error}"))

    def contents(self, kind: FrameType, *, file: int | None = None, before: int | None = None) -> Iterator[Any]:
        """Bodies of one type, the newest first, damaged ones left out: of all files, or of one up to a place in it."""
        for number in range(len(self.files) - 1 if file is None else file, -1 if file is None else file - 1, -1):
            found = self.files[number].of_type(kind)
            for place in reversed(found.offsets):
                if before is None or place < before or number != file:
                    with suppress(ProtocolError):
                        yield self.files[number].content(place)

    def outcomes(self, kind: FrameType, position: Position, most: int) -> "list[Any]":
        """Entries or call records of the run up to a keyframe, oldest first, at most the `most` latest."""
        found: list[Any] = []
        gone: list[Any] = []
        run = self.files[position.file].run
        wanted: type = JournalEntry if kind is FrameType.ENTRIES else CallRecord
        for number in range(position.file, -1, -1):
            if self.files[number].run != run:
                break
            before = position.place if number == position.file else None
            for content in self.contents(kind, file=number, before=before):
                values, taken_back = _values(content, wanted)
                for value in tuple(gone):
                    if value in values:
                        values.remove(value)
                        gone.remove(value)
                gone += taken_back
                found[:0] = values
                if len(found) >= most:
                    return found[-most:]
        return found

    def calls(self) -> Iterator[CallRecord]:
        """Those that were over while it was recorded, of all runs, in no order; one that went on twice."""
        for content in self.contents(FrameType.CALLS):
            yield from _values(content, CallRecord)[0]

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
                    with suppress(ProtocolError):
                        yield file.content(place), at_us

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


def _values(content: Any, kind: type) -> tuple[list[Any], list[Any]]:
    """Those of a body, and those of earlier ones that they replace; none where they cannot be read."""
    try:
        decoder = ValueDecoder(content["classes"])
        values = [decoder.decode(value) for value in content["values"]]
        gone = [decoder.decode(value) for value in content["taken back"]]
    except (ProtocolError, KeyError, TypeError):
        return [], []
    return [value for value in values if isinstance(value, kind)], gone


def _in_order(file: RecordingFile, start: int) -> Iterator[tuple[int, int, int]]:
    """Keyframes and updates from `start` on: type, place, first moment."""
    keyframes, updates = file.of_type(FrameType.KEYFRAME), file.of_type(FrameType.UPDATES)
    merged = sorted(
        (place, int(kind), at)
        for kind, frames in ((FrameType.KEYFRAME, keyframes), (FrameType.UPDATES, updates))
        for place, at in zip(frames.offsets, frames.first_us, strict=True)
        if place >= start
    )
    for place, kind, at in merged:
        yield kind, place, at
