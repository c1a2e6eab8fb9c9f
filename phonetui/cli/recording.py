"""`phonetui recording info | cut | redact | check`: describes a recording, cuts it, masks it, verifies it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phonetui.cli.json_lines import compact
from phonetui.cli.options import add_json
from phonetui.cli.replay import moment, open_recording
from phonetui.errors import ConfigError, ProtocolError

if TYPE_CHECKING:
    from phonetui.recording.reader import Recording

ACTIONS = ("info", "cut", "redact", "check")


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument("action", choices=ACTIONS, help="what to do with it")
    words.add_argument("path", metavar="FILE|DIR", help="a recording, or the folder of several")
    words.add_argument("moments", metavar="FROM TO", nargs="*", help="for cut: 14:03, 2026-11-30T14:03:21Z or -5m")
    words.add_argument("-o", "--output", metavar="FILE", help="for cut and redact: the new recording")
    add_json(words)


def run(options: argparse.Namespace) -> int:
    recording = open_recording(options.path)
    try:
        match options.action:
            case "info":
                return _info(recording, as_json=options.json)
            case "check":
                return _check(recording, as_json=options.json)
            case "cut":
                return _cut(recording, options)
        return _redact(recording, options)
    except ProtocolError as error:
        raise ConfigError(f"{recording.path} cannot be read: {error}") from error


def _info(recording: "Recording", *, as_json: bool) -> int:
    from phonetui.phone.clock import instant, span
    from phonetui.recording.operations import facts
    from phonetui.recording.outline import Outline

    known, outline = facts(recording), Outline(recording)
    seconds = (recording.last - recording.first).total_seconds()
    problems = len(outline.problems)
    if as_json:
        told: dict[str, Any] = {
            "recording": str(recording.path), "from": instant(recording.first), "to": instant(recording.last),
            "phones": list(known.phones), "files": known.files, "bytes": known.bytes, "masked": known.is_masked,
            "programs": list(known.programs), "problems": problems, "calls": outline.calls,
            "marks": [{"at": _instant(mark.at_us), "words": mark.words} for mark in outline.marks],
            "lost": [span.words for span in recording.lost], "warnings": recording.warnings,
        }  # fmt: skip
        print(compact(told))
        return 0
    print(f"{instant(recording.first)} to {instant(recording.last)}, {span(seconds)}")
    print(f"{len(known.phones)} phones: {', '.join(known.phones)}")
    files = f"{known.files} file{'' if known.files == 1 else 's'}"
    print(f"{files}, {known.bytes / 1e6:.1f} MB, {'masked' if known.is_masked else 'not masked'}")
    print(f"{outline.calls} calls, {problems} problems, written by {', '.join(known.programs)}")
    for mark in outline.marks:
        print(f"mark {_instant(mark.at_us)} {mark.words}")
    for words in (*recording.warnings, *(lost.words for lost in recording.lost)):
        print(words)
    if known.is_cut:
        print("it ends within a block, as where the program was killed: up to the last whole one all is there")
    return 0


def _check(recording: "Recording", *, as_json: bool) -> int:
    """0 where all is sound, 1 where something is lost."""
    from phonetui.recording.operations import check

    lost = [span.words for span in check(recording)]
    if as_json:
        print(compact({"recording": str(recording.path), "lost": lost, "warnings": recording.warnings}))
    else:
        for words in (*recording.warnings, *lost):
            print(words)
        if not lost:
            print("all checksums are right")
    return 1 if lost else 0


def _cut(recording: "Recording", options: argparse.Namespace) -> int:
    from phonetui.recording.operations import cut
    from phonetui.recording.values import microseconds

    if len(options.moments) != 2:
        raise ConfigError("cut takes two moments", "phonetui recording cut FILE FROM TO -o NEW")
    first, last = (microseconds(moment(words, recording, None, nearest=True)) for words in options.moments)
    cut(recording, first, last, _output(options))
    return 0


def _redact(recording: "Recording", options: argparse.Namespace) -> int:
    from phonetui.recording.operations import redact

    redact(recording, _output(options))
    return 0


def _output(options: argparse.Namespace) -> Path:
    from phonetui import private
    from phonetui.recording.files import SUFFIX

    if not options.output:
        raise ConfigError(f"{options.action} writes a new recording", f"Name it with -o FILE{SUFFIX}")
    path = private.expand_user(options.output).absolute()
    return path if path.suffix == SUFFIX else path.with_name(f"{path.name}{SUFFIX}")


def _instant(at_us: int) -> str:
    from phonetui.phone.clock import instant
    from phonetui.recording.values import moment_of

    return instant(moment_of(at_us))
