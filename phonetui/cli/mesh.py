"""`phonetui mesh PLAN.toml | --phones a,b,c`: test calls between phones, and which directions are bad.

Exit codes: 0 every direction within the plan's limits, 1 not every one, 2 plan or configuration, 3 no phone answers,
4 a phone is read-only, 130 interrupted. The first ctrl+c ends the calls that are up, the second one leaves them.
"""

import argparse
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from phonetui.cli.connection import configuration, live_fleet, notice, resolve_passwords
from phonetui.cli.failure import INTERRUPTED
from phonetui.cli.options import add_json, count, seconds
from phonetui.cli.output import confirm, terminal, write_stderr
from phonetui.config import places
from phonetui.errors import AccessError, ConfigError, PhonetuiError, TransportError

if TYPE_CHECKING:
    import asyncio

    from phonetui.config.settings import Config
    from phonetui.mesh.mesh_run import MeshRun
    from phonetui.mesh.plan import MeshPlan
    from phonetui.mesh.result import MeshComparison, MeshResult
    from phonetui.mesh.round_robin import MeshSchedule
    from phonetui.monitor.fleet import LiveFleet


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "plan", metavar="PLAN.toml", nargs="?", help="which phones call each other, and what is good enough"
    )
    words.add_argument("--phones", metavar="A,B,C", help="instead of a plan: a full mesh of these phones")
    words.add_argument("--talk", metavar="SECONDS", dest="talk_s", type=seconds, help="of each call, 20 to 600 (25)")
    words.add_argument("--parallel", metavar="N", type=count, help="calls at once, at most")
    words.add_argument("--dry-run", action="store_true", help="print who would call whom and when; nothing is sent")
    words.add_argument("--yes", action="store_true", help="begin the calls without a question")
    words.add_argument(
        "--baseline", metavar="FILE", help="compare with an earlier result; 'latest' is the one kept last"
    )
    add_json(words)


def run(options: argparse.Namespace) -> int:
    from phonetui import boot_time
    from phonetui.config.reader import with_phones
    from phonetui.mesh.plan_file import look_alikes

    config = configuration(options)
    plan = _plan(options, config)
    config = with_phones(config, [phone.id for phone in plan.phones])
    if options.dry_run:
        return _print_schedule(plan, as_json=options.json)
    _check_permissions(config)
    if plan.hours is not None and not plan.hours.holds(datetime.now().astimezone().time()):
        raise ConfigError(f"{plan.name} runs {plan.hours} only: nothing was begun", "Change 'hours' of the plan")
    baseline = _baseline(options.baseline, plan)
    if not options.yes:
        _ask(plan)
    elif words := look_alikes(plan):
        write_stderr(f"phonetui: {words}")
    return boot_time.run(_MeshCommand(resolve_passwords(config), plan, baseline, as_json=options.json).run())


def _plan(options: argparse.Namespace, config: "Config") -> "MeshPlan":
    from phonetui.mesh.plan_file import plan_of_names, read_plan, with_options

    if (options.plan is None) is (options.phones is None):
        raise ConfigError("a mesh takes a plan or --phones", "See 'phonetui mesh --help'")
    if options.plan is not None:
        plan = read_plan(options.plan, config)
    else:
        plan = plan_of_names([name.strip() for name in options.phones.split(",") if name.strip()], config)
    return with_options(plan, options.talk_s, options.parallel)


def _check_permissions(config: "Config") -> None:
    """Before a password is asked for. Raises AccessError."""
    from phonetui.fleet.protocol import INITIAL_PERMISSION, Permission

    for phone in config.phones:
        if config.read_only or INITIAL_PERMISSION[phone.control] is Permission.DENIED:
            why = "--read-only" if config.read_only else f'{phone.id} has control = "off"'
            raise AccessError(
                f"{why}: no test call was begun", "Leave out --read-only, set control, or change the plan"
            )


def _ask(plan: "MeshPlan") -> None:
    from phonetui.mesh.plan_file import look_alikes
    from phonetui.mesh.round_robin import schedule

    made = schedule(plan)
    what = f"{made.calls_in_words} between {len(plan.phones)} phones, about {_minutes(made.seconds)}"
    if words := look_alikes(plan):
        print(f"{words}.")
    confirm(
        f"Begin {what}?", lambda hint: ConfigError(f"{what}: nothing was begun", hint), "Add --yes if that is meant"
    )


def _minutes(seconds_: float) -> str:
    return f"{seconds_:.0f} s" if seconds_ < 90 else f"{seconds_ / 60:.0f} min"


def _print_schedule(plan: "MeshPlan", *, as_json: bool) -> int:
    from phonetui.cli.json_lines import compact
    from phonetui.mesh.round_robin import schedule

    made = schedule(plan)
    if as_json:
        rounds = [[[pair.caller.id, pair.callee.id] for pair in pairs] for pairs in made.rounds]
        print(
            compact(
                {"type": "schedule", "name": plan.name, "calls": made.calls, "seconds": made.seconds, "rounds": rounds}
            )
        )
    else:
        print("\n".join(_schedule_lines(plan, made)))
    return 0


def _schedule_lines(plan: "MeshPlan", made: "MeshSchedule") -> Iterator[str]:
    sites = f" at {len(plan.sites)} sites" if len(plan.sites) > 1 else ""
    yield (
        f"{plan.name}: {made.calls} calls between {len(plan.phones)} phones{sites}, {len(made.rounds)} rounds of about "
        f"{made.call_s:.0f} s, {_minutes(made.seconds)} in all"
    )
    if plan.hours is not None:
        yield f"runs {plan.hours} only"
    for number, pairs in enumerate(made.rounds, 1):
        yield f"round {number}"
        for pair in pairs:
            yield f"  {pair.caller.id} calls {pair.callee.id} ({pair.callee.number})"


def _baseline(word: str | None, plan: "MeshPlan") -> "MeshResult | None":
    """Raises ConfigError, ArchiveError."""
    if word is None:
        return None
    from phonetui import private
    from phonetui.archive.meshes import MeshArchive
    from phonetui.mesh.result_file import parse

    archive = MeshArchive(places.meshes())
    if word == "latest":
        files = archive.files_of(plan.name)
        if not files:
            write_stderr(f"phonetui: no result of '{plan.name}' is kept yet: there is nothing to compare with")
            return None
        return parse(archive.read(files[0]), str(files[0]))
    return parse(archive.read(private.expand_user(word).resolve()), word)


class _MeshCommand:
    """One run."""

    def __init__(self, config: "Config", plan: "MeshPlan", baseline: "MeshResult | None", *, as_json: bool) -> None:
        self._config = config
        self._plan = plan
        self._baseline = baseline
        self._as_json = as_json
        self._shown: dict[tuple[str, str], str] = {}
        self._round = 0

    async def run(self) -> int:
        import asyncio

        from phonetui.mesh.begun_calls import BegunCalls
        from phonetui.mesh.mesh_run import MeshRun
        from phonetui.storage.writer import StorageNotices

        notices = StorageNotices()
        fleet = live_fleet(self._config, notice=notice, storage=notices)
        begun = BegunCalls(places.begun_calls(), notices)
        mesh = MeshRun(fleet, self._plan, begun, changed=self._progress, note=notice)
        watching = asyncio.create_task(self._watch(fleet))
        running = asyncio.create_task(mesh.run())
        interrupted = self._on_signals(mesh, running)
        try:
            await asyncio.wait({running, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():  # the watching failed: nothing can be measured any more
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await watching
            result = await running
        except asyncio.CancelledError:
            if interrupted:
                write_stderr("phonetui: calls may still be up: the next 'phonetui mesh' ends them")
                return interrupted[0]
            raise
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await fleet.close()
            begun.close()
        self._finish(result)
        return interrupted[0] if interrupted else 0 if result.is_good else 1

    async def _watch(self, fleet: "LiveFleet") -> None:
        if (prompter := terminal()) is not None:
            fleet.ask_with(prompter)
            with suppress(TransportError):
                await fleet.open_tunnels()
            fleet.ask_with(None)
        await fleet.run()

    @staticmethod
    def _on_signals(mesh: "MeshRun", running: "asyncio.Task[MeshResult]") -> list[int]:
        """The exit codes of signals that came: the first one stops the mesh in good order, the second at once."""
        import asyncio

        from phonetui import signals

        loop = asyncio.get_running_loop()
        codes: list[int] = []

        def end(number: int) -> None:
            codes.append(INTERRUPTED if number == signal.SIGINT else 128 + number)
            if len(codes) > 1:
                running.cancel()
                loop.call_soon(running.cancel)  # the first cancellation waits for the calls, the second doesn't
            else:
                write_stderr(f"phonetui: {mesh.calls_up} calls are being ended; ctrl+c again leaves them up")
                mesh.stop("interrupted")

        for number in (signal.SIGINT, *signals.ending_signals()):
            loop.add_signal_handler(number, end, number)
        return codes

    def _progress(self, mesh: "MeshRun") -> None:
        """A line a call that is over, on standard error: standard output has the result alone."""
        if mesh.round > self._round:
            self._round = mesh.round
            write_stderr(f"phonetui: round {mesh.round} of {mesh.result.rounds}")
        for call in mesh.result.calls:
            key = (call.caller, call.callee)
            if call.is_over and key not in self._shown:
                self._shown[key] = call.reason
                if call.round <= mesh.round:
                    write_stderr(f"phonetui: {'; '.join(_directions(call.directions))}")

    def _finish(self, result: "MeshResult") -> None:
        from phonetui.archive.meshes import MeshArchive
        from phonetui.mesh.result import compare
        from phonetui.mesh.result_file import text

        comparison = compare(self._baseline, result) if self._baseline is not None else None
        written = text(result, comparison)
        if self._as_json:
            print(written, flush=True)
        else:
            print("\n".join(_report(result, comparison)), flush=True)
        for call in result.calls:
            if call.unverified:
                write_stderr(f"phonetui: {call.name}: not seen to be over at {', '.join(call.unverified)}")
        try:
            MeshArchive(places.meshes()).keep(result.name, result.began_at, text(result))
        except PhonetuiError as error:
            notice(str(error))


def _directions(directions: "tuple[object, ...]") -> Iterator[str]:
    from phonetui.mesh.direction import DirectionFigures

    for one in directions:
        if isinstance(one, DirectionFigures):
            yield f"{one.speaker} → {one.listener} {one.verdict.word}: {one.words}"


def _report(result: "MeshResult", comparison: "MeshComparison | None") -> Iterator[str]:
    """For people: the counts, what the bad ones have in common, every one that is not good, and what changed."""
    from phonetui.mesh.patterns import patterns

    counts = ", ".join(f"{count} {verdict.word}" for verdict, count in sorted(result.counts.items(), key=_severity))
    yield f"{result.name}: {len(result.calls)} calls, {2 * len(result.calls)} directions: {counts}"
    for pattern in patterns(result):
        yield f"  {pattern}"
    bad = [one for one in result.directions if one.verdict.is_bad]
    if bad:
        yield "below the limits"
        yield from (f"  {line}" for line in _directions(tuple(bad)))
    if comparison is not None:
        yield f"baseline: {comparison}"
        yield from (f"  {change}" for change in comparison.changes)


def _severity(item: "tuple[object, int]") -> int:
    return -int(getattr(item[0], "severity", 0))
