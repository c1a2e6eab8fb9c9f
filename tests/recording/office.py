"""A live office beside its recording: what the fleet showed at random moments, and the lines of `watch`."""

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path as File
from typing import Any, NamedTuple

from phonetui.cli.json_lines import line
from phonetui.config.settings import Config, FeedbackSettings
from phonetui.fleet.frozen import FrozenFleet
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.observations import ObservationSink
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.state import PhoneId
from phonetui.recording.files import RecordingFiles
from phonetui.recording.player import Player
from phonetui.recording.recorder import Recorder
from phonetui.recording.redaction import Redactor
from phonetui.recording.values import microseconds
from phonetui.transport.trust import PinStore
from phonetui.xapi.document import Document
from tests.live import served, settings


class Seen(NamedTuple):
    """What was shown at a moment."""

    at_us: int
    fleet: FrozenFleet
    documents: Mapping[PhoneId, Document]


class Recorded(NamedTuple):
    folder: File
    seen: list[Seen]
    lines: list[str]


async def record_office(
    folder: File, seconds: float, *, phones: int = 4, scenario: str = "busy", redact: bool = False, **fields: Any
) -> Recorded:
    """`fields` go to every phone's settings."""
    seen, lines = [], []
    async with served(phones, scenario=scenario) as office:
        recorder = Recorder(RecordingFiles(folder, run="run", masked=redact), print)
        config = Config(phones=tuple(settings(each, **fields) for each in office.phones), feedback=FeedbackSettings())
        sink: ObservationSink = Redactor(recorder, config.quality) if redact else recorder
        fleet = LiveFleet(config, pins=PinStore(None), recorder=sink, report=lambda what: lines.append(line(what)))
        running = asyncio.create_task(fleet.run())
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            await asyncio.sleep(random.uniform(0.05, min(seconds / 25, 1.0)))
            frozen = FrozenFleet.of(fleet)
            seen.append(
                Seen(microseconds(datetime.now(UTC)), frozen, {phone: fleet.document(phone) for phone in frozen.phones})
            )
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(recorder.close)
        assert not recorder.failure
    return Recorded(folder, seen, lines)


def differences(seen: Seen, player: Player) -> list[str]:
    """Where a replay that stands at the same moment shows something else, each as `place: live | replayed`."""
    live, fleet = seen.fleet, player.fleet
    player.records()
    for phone in live.phones:
        player.figures(phone)
    pairs: dict[str, tuple[Any, Any]] = {
        "phones": (dict(live.phones), dict(fleet.phones)),
        "documents": (seen.documents, {phone: fleet.document(phone) for phone in fleet.phones}),
        "journal": (list(live.entries), list(player.journal.entries)),
        "alerts": (list(live.alerts), list(fleet.alerts.alerts)),
        "hints": (list(live.hints), list(fleet.analysis.hints)),
        "calls": (list(live.records), list(fleet.records.newest_first)),
        "figures": (
            {phone: _figures(live.history(phone)) for phone in live.phones},
            {phone: _figures(fleet.histories(phone)) for phone in live.phones},
        ),
        "ports": (
            {phone: _figures(live.port_history(phone)) for phone in live.phones},
            {phone: _figures(fleet.port_histories(phone)) for phone in live.phones},
        ),
        "partners": (dict(live._partners), {leg: fleet.partner(*leg) for leg in live._partners}),
        "causes": (
            {leg: tuple(found) for leg, found in live._causes.items()},
            {leg: tuple(fleet.causes(*leg)) for leg in live._causes},
        ),
    }
    return [words for name, (mine, theirs) in pairs.items() for words in _differ(name, mine, theirs)]


def _figures(histories: Mapping[Any, CallHistory | PortHistory]) -> Any:
    return {
        key: [
            list(getattr(history, name).window(float("-inf"), float("inf")))
            for name in history.__slots__
            if name != "since_at"
        ]
        for key, history in histories.items()
    }


def _differ(place: str, mine: Any, theirs: Any) -> list[str]:
    if mine == theirs:
        return []
    if isinstance(mine, dict) and isinstance(theirs, dict) and mine.keys() == theirs.keys():
        return [words for key in mine for words in _differ(f"{place}[{key}]", mine[key], theirs[key])]
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        return [
            words
            for number, (one, other) in enumerate(zip(mine, theirs, strict=True))
            for words in _differ(f"{place}[{number}]", one, other)
        ]
    names = getattr(type(mine), "__struct_fields__", ())
    if names and type(mine) is type(theirs):
        return [
            words for name in names for words in _differ(f"{place}.{name}", getattr(mine, name), getattr(theirs, name))
        ]
    return [f"{place}: {str(mine)[:200]} | {str(theirs)[:200]}"]
