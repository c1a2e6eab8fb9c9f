"""`phonetui doctor`: checks what the program needs of this machine, and says what to do where something is wrong.

Asks no phone and nothing on the network; writes nothing.
"""

import argparse
import locale
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from phonetui import private
from phonetui.cli import service_checks
from phonetui.cli.check_result import Check, Finding
from phonetui.config import places
from phonetui.errors import PhonetuiError
from phonetui.text import printable

MINIMUM_PYTHON = (3, 11)
SMALLEST_SCREEN = (60, 16)
"""Columns and rows that the dashboard needs."""
LEAST_FREE_BYTES = 100 * 1024 * 1024
"""On the disk of a directory that the program writes into: recordings and call history grow."""
EARLIEST_YEAR = 2026
"""A clock before this release's year is wrong."""
TIME_LIMIT_S = 5.0
"""Of a program that is asked for its version."""
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,.-]*\])?\s*([^;]*)")
_EXTRA = re.compile(r"extra == ['\"]([\w-]+)['\"]")
_AT_LEAST = re.compile(r">=\s*([\d.]+)")


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(options: argparse.Namespace) -> int:
    """0 where nothing failed, else 1."""
    found = list(findings(options))
    if options.json:
        from phonetui.cli.json_lines import compact

        print(compact({"findings": [finding.as_object() for finding in found]}))
    else:
        print("\n".join(finding.as_text() for finding in found))
    return int(any(finding.state == "failed" for finding in found))


def findings(options: argparse.Namespace) -> Iterator[Finding]:
    for check in CHECKS:
        yield from check(options)


def check_python(_: argparse.Namespace) -> Iterator[Finding]:
    version = platform.python_version()
    is_old = sys.version_info[:2] < MINIMUM_PYTHON
    least = ".".join(map(str, MINIMUM_PYTHON))
    yield Finding(
        "Python", "failed" if is_old else "ok", f"{version} on {platform.system()} {platform.machine()}",
        f"phonetui needs {least} or later" if is_old else "",
    )  # fmt: skip


def check_packages(_: argparse.Namespace) -> Iterator[Finding]:
    """The libraries by the bounds of the installed distribution; extras that are not there are a note."""
    from importlib import metadata

    absent: dict[str, list[str]] = {}
    present = []
    for requirement in metadata.requires("phonetui") or ():
        match = _REQUIREMENT.match(requirement)
        extra = _EXTRA.search(requirement)
        if match is None or (extra and extra[1] == "test"):
            continue
        name, bounds = match[1], match[2]
        version = _installed(name)
        if version is None and extra:
            absent.setdefault(extra[1], []).append(name)
        elif version is None and "python_version" not in requirement:
            yield Finding("packages", "failed", f"{name} is not installed", "Install phonetui again")
        elif version is not None:
            least = _AT_LEAST.search(bounds)
            if least and _number(version) < _number(least[1]):
                yield Finding(
                    "packages", "failed", f"{name} {version} is older than {least[1]}", f"Update {name}, or install "
                    "phonetui into an environment of its own",
                )  # fmt: skip
            else:
                present.append(f"{name} {version}")
    yield Finding("packages", "ok", f"phonetui {metadata.version('phonetui')}; {', '.join(present)}")
    for extra_name, names in absent.items():
        yield Finding(
            "packages", "note", f"extra '{extra_name}' is not installed ({', '.join(names)})",
            f"Where you need it: install 'phonetui[{extra_name}]'",
        )  # fmt: skip


def _installed(name: str) -> str | None:
    from importlib import metadata

    with suppress(metadata.PackageNotFoundError):
        return metadata.version(name)
    return None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def check_terminal(_: argparse.Namespace) -> Iterator[Finding]:
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        yield Finding("terminal", "note", "an output or the input is no terminal: the dashboard needs all three")
    name = os.environ.get("TERM", "")
    if name in ("", "dumb", "unknown"):
        yield Finding("terminal", "failed", f"TERM={name} cannot draw", "Set TERM, for example to xterm-256color")
    else:
        colours = "no colour (NO_COLOR)" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM") or "256 colours"
        yield Finding("terminal", "ok", f"TERM={name}, {colours}")
    columns, rows = shutil.get_terminal_size()
    if columns < SMALLEST_SCREEN[0] or rows < SMALLEST_SCREEN[1]:
        least = "x".join(map(str, SMALLEST_SCREEN))
        yield Finding("terminal", "warning", f"{columns}x{rows} cells", f"Make it at least {least}")
    if "TMUX" in os.environ and _output("tmux", "show", "-Apv", "allow-passthrough") in ("off", ""):
        yield Finding(
            "terminal", "note", "tmux passes no pictures and no notifications on",
            "`tmux set -g allow-passthrough on` where you want them",
        )  # fmt: skip
    encoding = locale.getencoding()
    is_utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding(
        "terminal", "ok" if is_utf8 else "warning", f"encoding {encoding}",
        "" if is_utf8 else "Set LC_ALL to a UTF-8 locale such as C.UTF-8, or use --ascii",
    )  # fmt: skip


def check_clock(_: argparse.Namespace) -> Iterator[Finding]:
    """Certificates, tokens and call times are judged by it."""
    now = datetime.now(UTC)
    if now.year < EARLIEST_YEAR:
        yield Finding("clock", "failed", f"it is {now:%Y-%m-%d %H:%M} UTC here", "Set the clock")
        return
    synchronized = _output("timedatectl", "show", "--property=NTPSynchronized", "--value")
    words = {"yes": "synchronized", "no": "not synchronized"}.get(
        synchronized, "nobody says whether it is synchronized"
    )
    yield Finding(
        "clock", "warning" if synchronized == "no" else "ok", f"{now:%Y-%m-%d %H:%M} UTC, {words}",
        "Have it synchronized (NTP): certificates and call times are judged by it" if synchronized == "no" else "",
    )  # fmt: skip


def check_ssh(_: argparse.Namespace) -> Iterator[Finding]:
    """Checks what jump hosts need.

    The program brings its own SSH, and follows OpenSSH's configuration, keys and agent.
    """
    version = _installed("asyncssh")
    agent = os.environ.get("SSH_AUTH_SOCK")
    if not agent:
        yield Finding("SSH", "note", f"asyncssh {version}, no agent (SSH_AUTH_SOCK): keys are read from files")
    elif _answers(agent):
        yield Finding("SSH", "ok", f"asyncssh {version}, the agent answers")
    else:
        yield Finding("SSH", "warning", "the agent of SSH_AUTH_SOCK does not answer", "Start ssh-agent, or unset it")
    for name in ("config", "known_hosts"):
        file = private.expand_user("~/.ssh") / name
        if file.exists() and not os.access(file, os.R_OK):
            yield Finding("SSH", "warning", f"{file} cannot be read", f"chmod u+r {file}")


def _answers(agent: str) -> bool:
    import socket

    with suppress(OSError), socket.socket(socket.AF_UNIX) as one:
        one.settimeout(TIME_LIMIT_S)
        one.connect(agent)
        return True
    return False


def check_ports(_: argparse.Namespace) -> Iterator[Finding]:
    """Phones push to a port of this machine."""
    import socket

    try:
        with socket.create_server(("", 0)) as listener:
            port = listener.getsockname()[1]
    except OSError as error:
        words = f"no port can be listened on: {error.strerror}"
        yield Finding("ports", "warning", words, 'Phones are polled alone then; [feedback] listen = "off" says so')
    else:
        words = f"ports can be listened on ({port} was free); phones push to one unless a firewall is between"
        yield Finding("ports", "ok", words)


def check_environment(_: argparse.Namespace) -> Iterator[Finding]:
    proxies = [name for name in os.environ if re.fullmatch(r"(?i)(https?|all)_proxy", name) and os.environ[name]]
    if proxies:
        words = f"{', '.join(sorted(proxies))} set: phones are reached without a proxy all the same"
        yield Finding("environment", "note", words)
    if os.environ.get("SSLKEYLOGFILE"):
        yield Finding("environment", "note", "SSLKEYLOGFILE is set: no session key of a phone is written there")


def check_configuration(options: argparse.Namespace) -> Iterator[Finding]:
    from phonetui.config.interpretation import all_complaints
    from phonetui.config.reader import read_source
    from phonetui.ui.run import refusals

    place = places.configuration(options.config, os.environ)
    try:
        source = read_source(options.config, os.environ)
        complaints = [] if source is None else all_complaints(source, refusals)
    except PhonetuiError as error:
        yield Finding("configuration", "failed", printable(error.message), printable(error.hint))
        return
    if source is None:
        yield Finding("configuration", "note", f"{place} is not there", "`phonetui config init` writes a commented one")
    elif complaints:
        words = f"{place}: {len(complaints)} wrong, first: {printable(complaints[0].message)}"
        yield Finding("configuration", "failed", words, "`phonetui config check` names them all")
    else:
        yield Finding("configuration", "ok", f"{place}: nothing wrong")


def check_files(options: argparse.Namespace) -> Iterator[Finding]:
    """Owner, mode and kind of what the program keeps, and room for more."""
    kept = places.everything(places.configuration(options.config, os.environ))
    wrong = [finding for name, place in kept[1:] for finding in _file_findings(name, place)]
    yield from wrong
    folders = dict.fromkeys(place.parent for _, place in kept[1:])
    for folder in folders:
        above = next((one for one in (folder, *folder.parents) if one.exists()), None)
        if above is None or not os.access(above, os.W_OK | os.X_OK):
            yield Finding("files", "warning", f"{folder} cannot be written", "What is learnt is kept for one run only")
            wrong.append(Finding("files", "warning", ""))
        elif (free := shutil.disk_usage(above).free) < LEAST_FREE_BYTES:
            yield Finding("files", "warning", f"{free // 1024 // 1024} MB free for {folder}", "Make room on that disk")
            wrong.append(Finding("files", "warning", ""))
    if not wrong:
        yield Finding("files", "ok", f"{len(kept) - 1} places, all for you alone; `phonetui config path` lists them")


def _file_findings(name: str, place: Path) -> Iterator[Finding]:
    try:
        status = place.lstat()
    except OSError:
        return
    what = f"{name} ({place})"
    if stat.S_ISLNK(status.st_mode):
        yield Finding("files", "warning", f"{what} is a symbolic link, which is not followed", "Move it away")
    elif not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        yield Finding("files", "warning", f"{what} is no regular file", "Move it away")
    elif status.st_uid not in (os.geteuid(), 0):
        yield Finding("files", "failed", f"{what} belongs to user id {status.st_uid}", f"chown {os.geteuid()} {place}")
    elif status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and stat.S_ISREG(status.st_mode):
        mode = stat.S_IMODE(status.st_mode)
        is_open = bool(status.st_mode & stat.S_IWOTH)
        yield Finding("files", "failed" if is_open else "warning", f"{what} has mode {mode:04o}", f"chmod 600 {place}")


CHECKS: tuple[Check, ...] = (
    check_python, check_packages, check_terminal, check_clock, check_ssh, check_ports, check_environment,
    check_configuration, check_files, *service_checks.CHECKS,
)  # fmt: skip


def _output(*words: str) -> str:
    """What a program of this machine prints, without the line's end; empty where it isn't there or fails."""
    program = shutil.which(words[0])
    if program is None:
        return ""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - words of this module
            [program, *words[1:]], capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.stdout.strip()
    return ""
