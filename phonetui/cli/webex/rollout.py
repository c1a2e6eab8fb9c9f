"""`phonetui webex configurations change | apply | verify | rollback | restore`: one change for many phones.

change ──► plan: listed, read ──► preview ──► yes ──► apply ──► verify          killed at any moment: apply goes on
                                     └── no: the plan stays                     rollback takes it back
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phonetui import private
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_json, count, seconds
from phonetui.cli.output import read_input, write_stderr
from phonetui.cli.webex import fields
from phonetui.cli.webex.account import client, permit, write_audited
from phonetui.cli.webex.lookup import Lookup
from phonetui.config import places
from phonetui.errors import ConfigError
from phonetui.phone.clock import instant
from phonetui.text import Printable, printable
from phonetui.webex.configuration_change import DesiredConfiguration, desired_from_steps, saved_values
from phonetui.webex.devices import WebexDevice
from phonetui.webex.operations import operation
from phonetui.webex.rollout import (
    TO_APPLY,
    TO_REVERT,
    Rollout,
    RolloutDevice,
    RolloutHeader,
    RolloutState,
    listed_event,
    preview_lines,
)
from phonetui.webex.rollout_file import RolloutFile, create_plan, open_plan
from phonetui.webex.rollout_runner import RATE, RequestPacer, RolloutRunner

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.client import WebexClient
    from phonetui.webex.operations import Values

UPDATE = operation("configurations update")
PATIENCE_S = 120.0
_MOST_NAMES = 20


def declare_selection(words: argparse.ArgumentParser) -> None:
    """Adds the options that select phones; a phone must fit all that are given."""
    group = words.add_argument_group("which phones (all that is given must fit)")
    group.add_argument("--tag", metavar="TAG", action="append", help="phones with this tag; repeatable, all must fit")
    group.add_argument("--model", metavar="MODEL", help="a part of the product, such as 9851")
    group.add_argument("--location", metavar="LOCATION", help="the location: its name or id")
    group.add_argument("--filter", metavar="WORDS", help="as in the dashboard: 'status:online !lobby software:4-1'")
    group.add_argument(
        "--device", metavar="DEVICE", action="append", help="this one, by name, MAC, serial …; repeatable"
    )
    group.add_argument("--everywhere", action="store_true", help="every phone of the organization")


async def selected(lookup: Lookup, options: argparse.Namespace) -> tuple[list[WebexDevice], Printable]:
    """The phones that are meant, and the selection in words. Raises ConfigError for none, PhonetuiErrors."""
    from phonetui.ui.phone_filter import DEVICE
    from phonetui.ui.text.filters import Filter

    given = [options.tag, options.model, options.location, options.filter, options.device]
    if not any(given) and not options.everywhere:
        raise ConfigError("which phones?", "--tag, --model, --location, --filter, --device, or --everywhere")
    tests: list[Callable[[WebexDevice], bool]] = []
    words: list[str] = []
    if options.tag:
        wanted = set(options.tag)
        tests.append(lambda each: wanted <= set(each.tags))
        words.append(f"tag {', '.join(options.tag)}")
    if options.model:
        tests.append(lambda each: options.model.casefold() in (each.product or "").casefold())
        words.append(f"model {options.model}")
    if options.location:
        place = await lookup.named("locationId", options.location)
        tests.append(lambda each: each.location_id == place)
        words.append(f"location {options.location}")
    if options.filter:
        fitting = Filter(DEVICE, options.filter)
        if fitting.problem:
            raise ConfigError(f"--filter: {fitting.problem}")
        tests.append(fitting.fits)
        words.append(f"filter {options.filter}")
    if options.device:
        ids = {await lookup.device_id(each) for each in options.device}
        tests.append(lambda each: each.id in ids)
        words.append(f"device {', '.join(options.device)}")
    found = [each for each in await lookup.phones() if all(test(each) for test in tests)]
    if not found:
        raise ConfigError(f"Webex lists no phone with {' and '.join(words) or 'any property'}")
    return found, printable(" and ".join(words) or "everywhere")


def declare_run(words: argparse.ArgumentParser) -> None:
    words.add_argument("--yes", action="store_true", help="change the phones without asking")
    words.add_argument("--whole", action="store_true", help="show the change of each phone, however many there are")
    words.add_argument(
        "--rate", metavar="N", type=count, default=int(RATE), help=f"requests a minute; default {RATE:g}"
    )
    words.add_argument(
        "--patience", metavar="SECONDS", type=seconds, default=PATIENCE_S,
        help=f"wait so long until the phones have taken it over; default {PATIENCE_S:g}",
    )  # fmt: skip
    add_json(words)


class ChangeCommand:
    """Stages a change, shows it, and makes it after a yes."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = (
            "Every phone is read before anything is sent; the plan keeps what was found. Offline phones take a change\n"
            "when they come back. Killed at any moment, 'apply PLAN' goes on; each phone is changed once."
        )
        declare_selection(words)
        fields.declare_changes(words)
        words.add_argument("--from", dest="source", metavar="FILE", help="keys and values as JSON; - is standard input")
        words.add_argument("--plan", metavar="FILE", help="default: change-DATE-TIME.plan, here")
        declare_run(words)

    def run(self, options: argparse.Namespace) -> int:
        import json

        filed = None
        if options.source:
            try:
                filed = json.loads(read_input(options.source))
            except (ValueError, RecursionError) as error:
                raise ConfigError(f"{options.source}: not JSON: {error}", "Look at --from") from None
        steps = fields.steps(options, filed)
        if not steps:
            raise ConfigError("what is to change?", "--set KEY=VALUE, --remove KEY, or --from FILE")
        return run_new(options, desired_from_steps(steps))


class RestoreCommand:
    """What was saved of a phone, on phones."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        words.add_argument("file", metavar="FILE", help="as 'configurations save' wrote it")
        words.add_argument("--exact", action="store_true", help="whatever else is configured goes back to its default")
        words.add_argument("--plan", metavar="FILE", help="default: change-DATE-TIME.plan, here")
        declare_selection(words)
        declare_run(words)

    def run(self, options: argparse.Namespace) -> int:
        values = saved_values(read_input(options.file), options.file)
        steps = [
            {"op": "replace", "path": f"{key}/sources/configured/value", "value": value}
            for key, value in values.items()
        ]
        return run_new(options, desired_from_steps(steps, is_exact=options.exact))


class PlanCommand:
    """Goes on with a plan: `apply`, `verify` or `rollback`."""

    def __init__(self, act: str) -> None:
        self._act = act

    def declare(self, words: argparse.ArgumentParser) -> None:
        words.add_argument(
            "plan", metavar="PLAN", help="as 'configurations change' wrote it, or the name of a dashboard's"
        )
        declare_run(words)

    def run(self, options: argparse.Namespace) -> int:
        if self._act != "verify" and options.yes:
            permit(options, UPDATE)
        place = private.expand_user(options.plan)
        ours = places.changes() / place.name
        with open_plan(ours if not place.exists() and place == Path(place.name) and ours.exists() else place) as plan:
            return asyncio.run(_with_client(options, plan, self._act))


def run_new(options: argparse.Namespace, desired: DesiredConfiguration) -> int:
    """Begins a plan, and goes on with it as far as was meant."""
    if options.yes:
        permit(options, UPDATE)
    return asyncio.run(_begin(options, desired))


async def _begin(options: argparse.Namespace, desired: DesiredConfiguration) -> int:
    from phonetui.cli.connection import configuration

    config = configuration(options)
    async with client(options) as patient:
        found, words = await selected(Lookup(patient, config), options)
    async with client(options, is_patient=False) as webex:
        now = datetime.now().astimezone()
        header = RolloutHeader(desired, words, instant(now), config.webex.base_url)
        place = private.expand_user(options.plan or f"change-{now:%Y%m%d-%H%M%S}.plan")
        with create_plan(place, header) as plan:
            plan.add(*(listed_event(each) for each in found))
            return await _go_on(options, webex, plan, "apply")


async def _with_client(options: argparse.Namespace, plan: RolloutFile, act: str) -> int:
    from phonetui.cli.connection import configuration

    if plan.rollout.header.base_url not in ("", configuration(options).webex.base_url):
        raise ConfigError(f"{plan.place}: the plan is another Webex's", "Look at [webex] base_url")
    async with client(options, is_patient=False) as webex:
        return await _go_on(options, webex, plan, act)


async def _go_on(options: argparse.Namespace, webex: "WebexClient", plan: RolloutFile, act: str) -> int:
    show = _Progress(quiet=options.json)
    runner = _runner(options, webex, plan, show.step)
    try:
        return await _run(options, runner, plan, show, act)
    except asyncio.CancelledError:
        show.end()
        write_stderr(f"phonetui: stopped; go on with: phonetui webex configurations {act} {plan.place}")
        raise


async def _run(
    options: argparse.Namespace, runner: RolloutRunner, plan: RolloutFile, show: "_Progress", act: str
) -> int:
    rollout = plan.rollout
    if act == "verify":
        show.begin("asking", len(rollout.of(RolloutState.CHANGED)))
        await runner.verify(options.patience)
        show.end()
        return _summary(options, plan)
    if listed := rollout.of(RolloutState.LISTED):
        show.begin("reading", len(listed))
        await runner.stage()
        show.end()
    waiting = rollout.of(*(TO_APPLY if act == "apply" else TO_REVERT))
    if not options.json:
        _show_preview(options, rollout, act, waiting)
    if not waiting:
        is_told = not options.json and not rollout.of(RolloutState.CHANGED, RolloutState.ARRIVED, RolloutState.REVERTED)
        return _code(rollout) if is_told else _summary(options, plan)
    if not _is_meant(options, plan, act, waiting):
        return 0
    show.begin("changing" if act == "apply" else "taking back", len(waiting))
    await (runner.apply() if act == "apply" else runner.revert())
    show.end()
    if act == "apply" and (changed := rollout.of(RolloutState.CHANGED)):
        show.begin("asking whether it has arrived", len(changed))
        await runner.verify(options.patience)
        show.end()
    return _summary(options, plan)


def _show_preview(options: argparse.Namespace, rollout: Rollout, act: str, waiting: list[RolloutDevice]) -> None:
    if act == "apply":
        print("\n".join(preview_lines(rollout, whole=options.whole)))
        return
    print(f"{len(waiting)} of {len(rollout.devices)} phones would get back what they had")


def _is_meant(options: argparse.Namespace, plan: RolloutFile, act: str, waiting: list[RolloutDevice]) -> bool:
    """Asks at a terminal; elsewhere says how to go on."""
    if options.yes:
        return True
    if sys.stdin.isatty() and not options.json:
        print(f"Change {len(waiting)} phones now? [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().casefold() in ("y", "yes"):
            permit(options, UPDATE)
            return True
    line = f"phonetui webex configurations {act} {plan.place} --yes"
    if options.json:
        print(compact({"operation": f"configurations {act}", "result": _result(plan), "next": line}))
    else:
        print(f"Nothing was changed. Go on with: {line}")
    return False


def _runner(
    options: argparse.Namespace, webex: "WebexClient", plan: RolloutFile, step: Callable[[RolloutDevice], None]
) -> RolloutRunner:
    async def ask(name: str, values: "Values", about: str) -> "WebexAnswer":
        asked = operation(name)
        if not asked.writes:
            return await webex.run(asked, values)
        permit(options, asked)
        return await write_audited(webex, asked, values, about)

    async def note(event: dict[str, Any]) -> None:
        plan.add(event, is_durable=event["state"] in (RolloutState.SENDING, RolloutState.REVERTING))

    return RolloutRunner(plan.rollout, ask, note, pacer=RequestPacer(options.rate), clock=time.time, progress=step)


def _result(plan: RolloutFile) -> dict[str, Any]:
    rollout = plan.rollout
    named = {
        "failed": [{"device": each.name, "why": each.why, "trackingId": each.tracking} for each in _failed(rollout)],
        "notYet": [each.name for each in rollout.of(RolloutState.CHANGED)],
    }
    return {
        "plan": str(plan.place),
        "phones": {str(state): number for state, number in rollout.counts.items()},
        **named,
    }


def _failed(rollout: Rollout) -> list[RolloutDevice]:
    return rollout.of(RolloutState.FAILED, RolloutState.SENDING, RolloutState.REVERTING)


def _code(rollout: Rollout) -> int:
    """0 where every phone has it."""
    return 1 if _failed(rollout) or rollout.of(RolloutState.CHANGED, RolloutState.UNFIT) else 0


def _summary(options: argparse.Namespace, plan: RolloutFile) -> int:
    """How it stands; the exit code."""
    rollout = plan.rollout
    failed, late, code = _failed(rollout), rollout.of(RolloutState.CHANGED), _code(plan.rollout)
    if options.json:
        print(compact({"operation": "configurations", "result": _result(plan)}))
        return code
    counts = rollout.counts
    told = len(late) + counts[RolloutState.ARRIVED]
    parts = [f"{told} changed"] if told else []
    parts += [f"{counts[state]} {words}" for state, words in _WORDS.items() if counts[state]]
    print(" · ".join(parts) or "nothing to do")
    if late:
        offline = sum(each.is_online is False for each in late)
        more = f", {offline} of them offline" if offline else ""
        print(f"{len(late)} of {told} not yet{more}: {_names(late)}")
        print(f"Ask again with: phonetui webex configurations verify {plan.place}")
    for each in failed[:_MOST_NAMES]:
        write_stderr(f"phonetui: {each.name}: {each.why or 'nobody knows whether it came through'}")
    if failed:
        write_stderr(f"phonetui: once more for those alone: phonetui webex configurations apply {plan.place} --yes")
    return code


_WORDS = {
    RolloutState.REVERTED: "as they were",
    RolloutState.UNCHANGED: "had it already",
    RolloutState.UNFIT: "cannot have it",
    RolloutState.FAILED: "failed",
}


def _names(devices: list[RolloutDevice]) -> str:
    more = f" and {len(devices) - _MOST_NAMES} more" if len(devices) > _MOST_NAMES else ""
    return f"{', '.join(each.name for each in devices[:_MOST_NAMES])}{more}"


class _Progress:
    """How far it is, on standard error: one line that is written over on a terminal, ten lines elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._is_quiet = quiet
        self._is_terminal = sys.stderr.isatty()
        self._what, self._all, self._done = "", 0, 0

    def begin(self, what: str, everything: int) -> None:
        self._what, self._all, self._done = what, everything, 0

    def step(self, _: RolloutDevice) -> None:
        self._done = min(self._done + 1, self._all)
        if self._is_quiet or not self._all:
            return
        words = f"{self._what} {self._done} of {self._all}"
        if self._is_terminal:
            print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)
        elif self._done == self._all or self._done % max(self._all // 10, 1) == 0:
            write_stderr(words)

    def end(self) -> None:
        if self._is_terminal and self._all and not self._is_quiet:
            print(file=sys.stderr, flush=True)
        self._all = 0


COMMANDS: dict[str, Subcommand] = {
    "configurations change": ChangeCommand(),
    "configurations apply": PlanCommand("apply"),
    "configurations verify": PlanCommand("verify"),
    "configurations rollback": PlanCommand("rollback"),
    "configurations restore": RestoreCommand(),
}
