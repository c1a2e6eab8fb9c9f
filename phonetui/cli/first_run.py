"""The first run without a phone: what is needed, the demo, or a phone that is typed in, tried and saved."""

import argparse
import os
import sys
from getpass import getpass
from pathlib import Path

from msgspec.structs import replace

from phonetui.cli.connection import live_fleet, notice
from phonetui.cli.failure import error_line
from phonetui.config.places import configuration
from phonetui.config.reader import phone_at
from phonetui.config.settings import Config, PhoneSettings, Secret
from phonetui.config.sheet import SheetRow, plan_addition
from phonetui.errors import AccessError, ConfigError, PhonetuiError
from phonetui.text import printable

SCREEN = """\
phonetui watches Cisco PhoneOS desk phones. No phone is configured yet.

A phone that it can watch
  - runs PhoneOS 3.5 or later: a 9800 series phone or an 8875
  - has its web access switched on, so that https://ADDRESS answers
  - has an xAPI account: a user and a password of its own, switched on beside web access
{where}

  d  try it over simulated phones, which need none of that
  a  add a phone now
  q  leave
"""


def is_possible() -> bool:
    """Whether somebody sits there to be product."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout))


def run(config: Config, options: argparse.Namespace) -> int | PhoneSettings:
    """The exit code where the operator leaves or has seen the demo, else the phone to go on with."""
    from textwrap import fill

    from phonetui.transport.status_errors import WHERE

    print(SCREEN.format(where=fill(f"{WHERE}.", 76, initial_indent="    ", subsequent_indent="    ")))
    try:
        match _answer("Which? [d/a/q] ", "daq"):
            case "d":
                return _demo(options)
            case "a":
                return _add_phone(config, options)
    except EOFError:
        print()
    return 0


def _demo(options: argparse.Namespace) -> int:
    from phonetui.cli.main import parse_words

    command, chosen = parse_words(["demo"])
    for name in ("theme", "ascii", "no_mouse", "config", "read_only"):
        setattr(chosen, name, getattr(options, name))
    code: int = command.run(chosen)
    return code


def _add_phone(config: Config, options: argparse.Namespace) -> int | PhoneSettings:
    """Asks until the phone answers, or until the operator gives up."""
    before: PhoneSettings | None = None
    while True:
        phone = _ask_for_phone(config) if before is None else _with_account(before)
        failure = _failure_of(config, phone)
        if failure is None:
            _save(phone, options)
            return phone
        print(f"\n{error_line(failure, phone.id)}\n")
        if not _confirmed("Ask again? [Y/n] ", default=True):
            return 0
        before = phone if isinstance(failure, AccessError) and failure.reason == "credentials" else None


def _ask_for_phone(config: Config) -> PhoneSettings:
    while True:
        try:
            phone = phone_at(input("Address of the phone, as 192.0.2.10 or https://host:port: "), config.defaults)
        except ConfigError as error:
            print(error)
            continue
        return _with_account(phone)


def _with_account(phone: PhoneSettings) -> PhoneSettings:
    """Asks for user and password; the address stays where these alone were wrong."""
    user = input(f"User of its xAPI account at {phone.authority} [{phone.username}]: ").strip()
    phone = replace(phone, username=printable(user or phone.username))
    return replace(phone, password=Secret(getpass("Password (is not shown): ")))


def _failure_of(config: Config, phone: PhoneSettings) -> PhonetuiError | None:
    """What failed; None where the phone answers."""
    import asyncio

    from phonetui.xapi.path import Path

    async def product() -> str:
        trial = live_fleet(replace(config, phones=(phone,)), notice=notice)
        try:
            found = await trial.fetch(phone.id, Path.of("SystemUnit"))
        finally:
            await trial.close()
        return " ".join(str(value) for path, value in found.items() if path[-1] in ("ProductId", "Version"))

    try:
        print(f"{phone.id} answers: {asyncio.run(product())}")
    except PhonetuiError as error:
        return error
    return None


def _save(phone: PhoneSettings, options: argparse.Namespace) -> None:
    place = configuration(options.config, os.environ)
    if not _confirmed(f"Keep it in {place}? [Y/n] ", default=True):
        return
    cells = {"name": str(phone.id), "host": f"{phone.scheme}://{phone.authority}", "username": str(phone.username)}
    if _confirmed("Keep its password there, too? Only you can read the file; else it is asked at every start. [y/N] "):
        cells["password"] = phone.password.reveal() if phone.password else ""
    addition = plan_addition(options.config, os.environ, Path("the new phone"), [SheetRow(1, cells)])
    for wrong in addition.wrong:
        raise wrong
    addition.write()
    print(f"Kept. 'phonetui config check' looks it over after you have edited it: {place}")


def _confirmed(question: str, *, default: bool = False) -> bool:
    return _answer(question, "yn", "y" if default else "n") == "y"


def _answer(question: str, letters: str, default: str = "") -> str:
    """One of `letters`, product for until it comes; an empty answer is `default` where there is one."""
    while True:
        answer = input(question).strip().casefold()[:1] or default
        if answer and answer in letters:
            return answer
