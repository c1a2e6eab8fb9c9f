"""Sub-commands for one phone: `status`, `command`, `dial`, `keys`, `screenshot` and `trust`.

What they need of xAPI and the network is imported when they run: their `--help` is light.
"""

import argparse
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from phonetui.cli import output
from phonetui.cli.connection import PATIENCE_S, live_fleet, notice, resolve_passwords, target, tunnel_to
from phonetui.cli.failure import about
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_attach, add_json, add_output, add_target
from phonetui.cli.output import terminal
from phonetui.config import places
from phonetui.errors import AccessError, CommandRefused, ConfigError, PhonetuiError

if TYPE_CHECKING:
    from phonetui.cli.attach import CommandedFleet
    from phonetui.config.settings import Config, PhoneSettings
    from phonetui.fleet.protocol import CertificateCheck
    from phonetui.phone.state import PhoneId
    from phonetui.transport.trust import PinStore
    from phonetui.xapi.catalog import CatalogKind
    from phonetui.xapi.command import CommandResult
    from phonetui.xapi.path import Path

T = TypeVar("T")

PAUSE_S = 0.15
"""Between keys: phones drop what comes faster."""
_ARGUMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
"""`Call[@item='0']` has an equals sign too, but no name right before it."""


class StatusCommand:
    """`phonetui status PHONE [PATH …] [--json]`"""

    def declare(self, words: argparse.ArgumentParser) -> None:
        add_target(words)
        add_attach(words)
        words.add_argument(
            "path", metavar="PATH", nargs="*", default=[], help="in any notation; without one, everything"
        )
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        from phonetui.xapi.notation import status_lines

        path = path_of(options.path)
        phone, document = ask(options, lambda fleet, phone: fleet.fetch(phone, path))
        if options.json:
            print(compact({"phone": phone, "path": str(path), "status": document.nested()}))
        else:
            print("\n".join(status_lines(document)))
        return 0


class XapiCommand:
    """`phonetui command PHONE PATH … [Key=Value …]`"""

    def declare(self, words: argparse.ArgumentParser) -> None:
        add_target(words)
        add_attach(words)
        words.add_argument("words", metavar="PATH … [Key=Value …]", nargs="+", help="a repeated key makes a list")
        words.add_argument(
            "--body-file", metavar="FILE", help="the data block of a multi-line command; - is standard input"
        )
        words.add_argument(
            "--yes",
            action="store_true",
            help="needed to reboot, to reset, to delete a certificate, and for the red Action button",
        )
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        from phonetui.xapi.command import Command
        from phonetui.xapi.control_commands import consequence, needs_confirmation, with_dialable

        path, arguments = split_arguments(options.words)
        body = None if options.body_file is None else output.read_input(options.body_file, "Look at --body-file")
        command = with_dialable(Command(path, arguments, body))
        if needs_confirmation(command) and not options.yes:
            raise ConfigError(f"'{path}' {consequence(path)}", "Add --yes if that is meant")
        phone, answer = ask(options, lambda fleet, phone: fleet.command(phone, command, confirmed=True))
        if options.json:
            print(compact({"phone": phone, "command": str(path), "result": answer.document.nested()}))
        else:
            _show(answer)
        return 0


class DialCommand:
    """`phonetui dial PHONE NUMBER`: Call Dial."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        add_target(words)
        add_attach(words)
        words.add_argument("number", metavar="NUMBER", help="digits or a SIP address")

    def run(self, options: argparse.Namespace) -> int:
        from phonetui.xapi.control_commands import dialable

        try:
            number = dialable(options.number)
        except ValueError as error:
            raise ConfigError(f"nothing was dialled: {error}") from None
        _, answer = ask(options, lambda fleet, phone: fleet.dial(phone, number, confirmed=True))
        _show(answer)
        return 0


class KeysCommand:
    """`phonetui keys PHONE KEY [KEY …]`: Ui SendKey, one after another."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        add_target(words)
        add_attach(words)
        words.add_argument("keys", metavar="KEY", nargs="+", help="0-9 * # VolUp NavSelect Soft1 Line2 …, in any case")

    def run(self, options: argparse.Namespace) -> int:
        keys = tuple(_key(word) for word in options.keys)
        ask(options, lambda fleet, phone: _press(fleet, phone, keys))
        return 0


class ScreenshotCommand:
    """`phonetui screenshot PHONE [-o FILE]`: Ui GetDeviceScreenshot as a file."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        add_target(words)
        add_attach(words)
        add_output(words)

    def run(self, options: argparse.Namespace) -> int:
        from phonetui.xapi.command import Command
        from phonetui.xapi.control_commands import SCREENSHOT, screenshot_picture

        output.check_output_file(options.output)
        command = Command(SCREENSHOT)
        phone, answer = ask(options, lambda fleet, phone: fleet.command(phone, command, confirmed=True))
        with about(phone):
            picture, ending = screenshot_picture(answer)
        name = output.file_stem(phone, datetime.now().astimezone())
        if file := output.write_output_file(picture, options.output, name, ending):
            print(file)
        return 0


class TrustCommand:
    """`phonetui trust PHONE [--yes]`: a phone's certificate beside the accepted one."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        add_target(words)
        words.add_argument("--yes", action="store_true", help="accept what the phone shows")

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli.audit_log import AuditFile
        from phonetui.monitor.transports import accept_certificate, acceptance_entry
        from phonetui.storage.writer import reason
        from phonetui.transport.trust import PinStore

        config, phone = target(options)
        with about(phone.id):
            pins = PinStore(places.pins())
            check = asyncio.run(_compare(config, phone, pins))
            print("\n".join(check.lines))
            if check.is_same:
                return 0
            if (refusal := check.refusal) is not None:
                raise refusal
            if not options.yes:
                is_other = "another one than was accepted" if check.is_change else "not accepted"
                changed = partial(AccessError, f"the certificate is {is_other}", reason="certificate")
                output.confirm("Accept it?", changed, "Add --yes if you know why")
            accept_certificate(check, phone, pins)
        try:
            AuditFile(places.audit()).write(acceptance_entry(check, phone, datetime.now(UTC)))
        except OSError as error:
            notice(f"{phone.id}: accepted, but the audit log cannot be written: {reason(error)}")
        print("accepted")
        return 0


COMMANDS: dict[str, Subcommand] = {
    "status": StatusCommand(),
    "command": XapiCommand(),
    "dial": DialCommand(),
    "keys": KeysCommand(),
    "screenshot": ScreenshotCommand(),
    "trust": TrustCommand(),
}


def ask(
    options: argparse.Namespace, question: "Callable[[CommandedFleet, PhoneId], Awaitable[T]]"
) -> "tuple[PhoneId, T]":
    """The phone that the options name, and its answer to `question`. Raises ConfigError, PhoneFailure."""
    import asyncio

    if options.attach:
        from phonetui.cli.attach import ask_attached

        return ask_attached(options, question)
    config, phone = target(options)
    config = resolve_passwords(config)
    with about(phone.id):
        return phone.id, asyncio.run(_answer(config, phone.id, question))


async def _answer(
    config: "Config", phone: "PhoneId", question: "Callable[[CommandedFleet, PhoneId], Awaitable[T]]"
) -> T:
    from phonetui.cli.webex.account import webex_opener_if_used

    live = live_fleet(config, notice=notice, webex=webex_opener_if_used(config, patience_s=PATIENCE_S))
    live.ask_with(terminal())
    try:
        await live.open_tunnels()
        return await question(live, phone)
    finally:
        await live.close()


def path_of(words: Sequence[str], kind: "CatalogKind | None" = None) -> "Path":
    """One path from all the words, in the catalogue's letter case; `kind` defaults to status. Raises ConfigError."""
    from phonetui.xapi.catalog import CatalogKind, phoneos
    from phonetui.xapi.path import Path

    return phoneos().canonical(Path.parse(" ".join(words)), kind or CatalogKind.STATUS)


def split_arguments(words: Sequence[str]) -> "tuple[Path, tuple[tuple[str, str], ...]]":
    """A command's path and its arguments: the words from the first `Key=Value` on. Raises ConfigError."""
    from phonetui.xapi.catalog import CatalogKind

    first = next((at for at, word in enumerate(words) if _ARGUMENT.fullmatch(word)), len(words))
    path = path_of(words[:first], CatalogKind.COMMAND)
    if not path:
        raise ConfigError("the command's path is missing", "Write it like 'Call Dial' before the first Key=Value")
    return path, tuple(_argument(word) for word in words[first:])


def _argument(word: str) -> tuple[str, str]:
    match = _ARGUMENT.fullmatch(word)
    if match is None:
        raise ConfigError(f"'{word}' is not Key=Value", "The command's path ends at the first Key=Value")
    return match[1], match[2]


def _show(answer: "CommandResult") -> None:
    """As the phone's own terminal would."""
    from phonetui.xapi.notation import answer_lines

    print("\n".join(["OK", *answer_lines(answer.name, answer.document)]))


def _key(word: str) -> str:
    """The key's canonical name. Raises ConfigError, naming near ones."""
    import difflib

    from phonetui.phone.models import GENERIC, canonical_key

    if key := canonical_key(word):
        return key
    if len(word) > 1 and set(word) <= set("0123456789*#"):
        raise ConfigError(f"'{word}' is several keys", f"Write them apart: {' '.join(word)}")
    numbered = (f"{kind}{at}" for kind, last in (("Soft", 4), ("Line", 9), ("Feature", 9)) for at in range(1, last + 1))
    folded = {key.casefold(): key for key in (*GENERIC.keys, *numbered)}
    near = difflib.get_close_matches(word.casefold(), folded, n=3, cutoff=0.5)
    hint = f"Near: {', '.join(folded[key] for key in near)}" if near else "Keys: " + ", ".join(GENERIC.keys[10:])
    raise ConfigError(f"there is no key '{word}'", hint)


async def _press(fleet: "CommandedFleet", phone: "PhoneId", keys: tuple[str, ...]) -> None:
    """Stops at the first that fails, and says how far it came. Raises PhonetuiError."""
    import asyncio

    for sent, key in enumerate(keys):
        if sent:
            await asyncio.sleep(PAUSE_S)
        try:
            await fleet.press(phone, key, confirmed=True)
        except CommandRefused as error:
            message = f"{error.message}; {sent} of {len(keys)} keys were sent"
            raise CommandRefused(message, error.hint, block=error.block) from error
        except PhonetuiError as error:
            if sent:
                error.message = type(error.message)(f"{error.message}; {sent} of {len(keys)} keys were sent")
            raise


async def _compare(config: "Config", phone: "PhoneSettings", pins: "PinStore") -> "CertificateCheck":
    from phonetui.monitor.transports import fetch_certificate

    async with tunnel_to(config, phone) as jumps:
        return await fetch_certificate(phone, pins, jumps.tunnel(phone.jump) if phone.jump is not None else None)
