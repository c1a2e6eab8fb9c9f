"""`phonetui probe PHONE [-o FILE]`: records what a phone really answers, redacted, as one file to pass on.

Reads alone, but for two commands that must be asked for: `--keys` sends a key that cannot be one to learn which there
are, `--screenshot` takes a picture to learn how it comes, and keeps a blank one in its place.
"""

import argparse
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.cli import output
from phonetui.cli.connection import notice, resolve_passwords, target, tunnel_to
from phonetui.cli.failure import about
from phonetui.cli.options import add_output, add_target
from phonetui.config import places
from phonetui.errors import AccessError, ConfigError, PhonetuiError, ProtocolError
from phonetui.text import printable

if TYPE_CHECKING:
    from phonetui.config.settings import Config, PhoneSettings, SendKey
    from phonetui.monitor.control_policy import AuditEntry
    from phonetui.probe.plan import Question, Survey, SurveyExchange
    from phonetui.storage.writer import StorageNotices
    from phonetui.xapi.command import Command

PACE_S = 0.25
"""Seconds between two requests, as gently as the dashboard at its quickest."""


def declare(words: argparse.ArgumentParser) -> None:
    add_target(words)
    add_output(words)
    words.add_argument("--keys", action="store_true", help="also send a key that no phone has, to read the complaint")
    words.add_argument("--screenshot", action="store_true", help="also take a screenshot; the picture is not kept")


def run(options: argparse.Namespace) -> int:
    import asyncio

    from phonetui import __version__
    from phonetui.probe.bundle import bundle, is_xapi, text

    output.check_output_file(options.output)
    config, phone = target(options)
    with about(phone.id):
        _check_permission(config, phone, commands=options.keys or options.screenshot)
        config = resolve_passwords(config)
        phone = config.phones[0]
        found = asyncio.run(_survey(config, phone, keys=options.keys, screenshot=options.screenshot))
        name = output.file_stem(phone.id, datetime.now().astimezone())
        content = text(bundle(found, f"phonetui {__version__}"))
        if file := output.write_output_file(content, options.output, name, "json"):
            print(file)
        if not is_xapi(found):
            raise ProtocolError(
                "nothing that it answered is xAPI", "Is this the phone's own web port, and is xAPI switched on for it?"
            )
    return 0


def _check_permission(config: "Config", phone: "PhoneSettings", *, commands: bool) -> None:
    """Raises AccessError before anything is sent, ConfigError for ways that a survey cannot go."""
    from phonetui.config.settings import ControlMode

    if phone.is_behind_webex:
        raise ConfigError("a survey looks at the phone's own web server", "Give its address, as https://HOST")
    if commands and (config.read_only or phone.control is ControlMode.OFF):
        raise AccessError("read-only: nothing was sent", "Leave out --keys and --screenshot, or --read-only")


async def _survey(config: "Config", phone: "PhoneSettings", *, keys: bool, screenshot: bool) -> "Survey":
    import asyncio

    from phonetui.config.settings import FeedbackSettings
    from phonetui.monitor.transports import TransportFactory, address
    from phonetui.probe import plan
    from phonetui.storage.writer import WRITER, StorageNotices
    from phonetui.transport.subscription import SlotStore
    from phonetui.transport.survey import survey
    from phonetui.transport.trust import PinStore
    from phonetui.transport.websocket_support import WebSocketSupport

    def commands(manual: "SurveyExchange | None") -> "tuple[Question, ...]":
        pressed = (plan.key(parameter(manual, phone.sendkey)),) if keys else ()
        return (*pressed, plan.screenshot()) if screenshot else pressed

    notices = StorageNotices()
    pins = PinStore(places.pins(), notices)
    async with tunnel_to(config, phone) as jumps:
        transports = TransportFactory(
            FeedbackSettings(),
            pins,
            SlotStore(None),
            WebSocketSupport(None),
            notice=lambda _, words: notice(f"{phone.id}: {words}"),
            jumps=jumps,
        )
        tunnel = jumps.tunnel(phone.jump) if phone.jump is not None else None
        context = transports.context(phone)
        try:
            return await survey(
                address(phone), context, commands, notify=_observer(phone, notices), pace_s=PACE_S, tunnel=tunnel
            )
        finally:
            await asyncio.to_thread(WRITER.flush)
            for words in notices.take():
                notice(words)


def parameter(manual: "SurveyExchange | None", settings: "SendKey") -> str:
    """The name of SendKey's argument: the configuration's, else the one of the phone's /command.xml, else assumed."""
    from phonetui.monitor.firmware_profile import known_key_argument, listed_key_argument
    from phonetui.xapi.control_commands import key_argument_name
    from phonetui.xapi.schema import parse_schema

    found = None
    if manual is not None and manual.status == 200:
        with suppress(ProtocolError):
            found = key_argument_name(parse_schema(manual.body))
    return (known_key_argument(settings, None) or listed_key_argument(found)).name


def _observer(phone: "PhoneSettings", notices: "StorageNotices") -> "Callable[[SurveyExchange], None]":
    """Prints each exchange, and writes the commands among them into the audit log."""
    from phonetui.cli.audit_log import AuditLog

    audit = AuditLog(places.audit(), notices)

    def observe(exchange: "SurveyExchange") -> None:
        question = exchange.question
        outcome = exchange.failure or f"{exchange.status}, {len(exchange.body):,} bytes, {exchange.seconds:.3f} s"
        output.write_stderr(f"{question.method} {question.target}: {outcome}")
        if question.command is not None:
            audit.write(_audit_entry(phone, question.command, exchange))

    return observe


def _audit_entry(phone: "PhoneSettings", command: "Command", exchange: "SurveyExchange") -> "AuditEntry":
    from phonetui.monitor.control_policy import OK, AuditEntry
    from phonetui.xapi.command import parse_answer

    entry = AuditEntry(datetime.now(UTC), phone.id, printable(phone.authority), command, OK)
    if exchange.failure:
        return replace(entry, answer="dropped", words=printable(exchange.failure))
    if exchange.header("content-type").startswith("image/"):
        return entry
    try:
        parse_answer(exchange.body)
    except PhonetuiError as error:
        return replace(entry, answer=error.kind, words=error.message)
    return entry
