"""State that cannot be kept: the program goes on from memory, says so once, and destroys nothing."""

import asyncio
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phonetui.archive.archive import Archive
from phonetui.archive.store import CallStore
from phonetui.cli.audit_log import AuditFile
from phonetui.cli.dashboard import DialHistory, Preferences
from phonetui.errors import AccessError, ConfigError
from phonetui.monitor.control_policy import OK, AuditEntry
from phonetui.monitor.firmware_profile import KeyArgumentStore, LossRateUnitStore
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import PhoneId
from phonetui.storage.writer import WRITER, StorageNotices
from phonetui.text import printable
from phonetui.transport.subscription import SlotStore
from phonetui.transport.trust import PinStore
from phonetui.transport.websocket_support import WebSocketSupport
from phonetui.webex.tokens import Token, TokenStore
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import KeyArgument, KeyArgumentOrigin
from phonetui.xapi.path import Path as Place
from tests.faults.failing_disk import ERRORS, failing_disk
from tests.faults.programs import ALLOWED, END_S, PHONETUI, SLOW_S, configured, environment, office, registered, wait
from tests.faults.table import fault
from tests.faults.test_terminal import goes_on
from tests.live import PASSWORD, served, until
from tests.terminal import Terminal
from tests.ui.remembered import remembered

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """One of the program's stores: how something is put into it, and what it knows."""

    name: str
    open: Callable[[Path, StorageNotices], Any]
    put: Callable[[Any, str], None]
    """Something that is known by this word from then on."""
    knows: Callable[[Any, str], bool]


def _settle(scales: LossRateUnitStore, word: str) -> None:
    for _ in range(3):
        scales.cast((word, "1"), LossRateUnit.PERCENT)


def _sign_in(tokens: TokenStore, word: str) -> None:
    with suppress(ConfigError):  # whoever signs in is told at once
        tokens.put(word, Token(access="x", issued_at=NOW, expires_at=NOW + timedelta(days=1)))


def _signed_in(tokens: TokenStore, word: str) -> bool:
    with suppress(ConfigError):  # by the file, which its disk may not let read just now
        tokens.get(word)
    return word in tokens._store.known


STORES = (
    Kept(
        "pins",
        PinStore,
        lambda pins, word: pins.accept_first(word, "sha256:aa"),
        lambda pins, word: pins.get(word) == "sha256:aa",
    ),
    Kept(
        "slots",
        SlotStore,
        lambda slots, word: slots.settle(word, "http://a/1"),
        lambda slots, word: [*slots.get(word), *slots.of_others(word)] == ["http://a/1"],
    ),
    Kept(
        "offers",
        WebSocketSupport,
        lambda offers, word: offers.put(word, offered=True),
        lambda offers, word: offers.get(word) is True,
    ),
    Kept("scales", LossRateUnitStore, _settle, lambda scales, word: scales.get((word, "1")) is LossRateUnit.PERCENT),
    Kept("tokens", lambda file, _: TokenStore(file), _sign_in, _signed_in),
    Kept(
        "preferences",
        Preferences,
        lambda window, word: window.keep(word, {"order": "loss"}),
        lambda window, word: word in window.preferences,
    ),
    Kept(
        "key arguments",
        KeyArgumentStore,
        lambda keys, word: keys.put((word, "1"), KeyArgument("Key", KeyArgumentOrigin.REFUSAL)),
        lambda keys, word: keys.get((word, "1")) is not None,
    ),
    Kept(
        "dialled numbers",
        DialHistory,
        lambda dialled, word: dialled.remember(word),
        lambda dialled, word: word in dialled.numbers,
    ),
)


@pytest.fixture(autouse=True)
def _nothing_left_to_write() -> Iterator[None]:
    yield
    WRITER.flush(30.0)


@pytest.mark.parametrize("code", ERRORS, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("kept", STORES, ids=lambda kept: kept.name)
@fault(
    "any call of a write fails: disk full, no right, no descriptors …",
    holds="memory is right, the file is whole, and both agree later",
)
def test_each_step_of_a_write_fails_in_turn(kept: Kept, code: int, tmp_path: Path) -> None:
    file, tried = tmp_path / "state" / "store.json", set()
    kept.put(kept.open(file, StorageNotices()), "before")
    with failing_disk(tmp_path) as disk:
        for step in range(100):
            notices = StorageNotices()
            store, word = kept.open(file, notices), f"word {step}"
            assert kept.knows(store, "before")
            disk.fail(step, code)
            kept.put(store, word)
            failed = disk.failed
            assert kept.knows(store, word)
            assert kept.knows(store, "before")
            disk.heal()
            assert kept.knows(kept.open(file, StorageNotices()), "before")  # old or new, but whole
            told = notices.take()
            assert len(told) <= 1
            WRITER.flush(30.0)
            assert kept.knows(kept.open(file, StorageNotices()), word)  # tried again once it works
            if isinstance(store, SlotStore):
                store.close()  # so that the next one has no more programs to look at than this one
            if not failed:
                break
            tried.add(failed)
            assert "Errno" not in "".join(told)
    assert not failed  # a whole write came through in the end
    assert {"open", "write", "fsync", "replace"} <= tried


@pytest.mark.parametrize("code", ERRORS, ids=lambda code: errno.errorcode[code])
@fault("any call of the audit log's write fails", holds="OSError for whoever writes; whole lines only")
def test_the_audit_log_has_whole_lines(code: int, tmp_path: Path) -> None:
    file = tmp_path / "log" / "audit.jsonl"
    dial = Command(Place.of("Call", "Dial"), (("Number", "1"),))
    deed = AuditEntry(NOW, PhoneId("lobby"), printable("192.0.2.21"), dial, OK)
    log, written, codes = AuditFile(file), 0, set[int | None]()
    with failing_disk(tmp_path) as disk:
        for step in range(20):
            disk.fail(step, code)
            try:
                log.write(deed)
            except OSError as error:
                codes.add(error.errno)
            else:
                written += 1
            disk.heal()
            if file.exists():
                assert len([json.loads(line) for line in file.read_text().splitlines()]) == written
    assert written > 10
    assert codes == {code}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '"x"', "\xff", "[" * 100_000, '{"a": ' * 100_000, "1" * 100_000]
)
@pytest.mark.parametrize("kept", STORES[1:], ids=lambda kept: kept.name)
@fault(
    "a state file is damaged, or nested 100,000 deep",
    holds="begun anew and told of, or refused in words; never the end",
)
def test_a_damaged_file(kept: Kept, content: str, tmp_path: Path) -> None:
    file, notices = tmp_path / "store.json", StorageNotices()
    if content == "[]" and kept.name == "dialled numbers":
        content = "{}"
    file.write_text(content, "latin-1")
    store = kept.open(file, notices)
    kept.put(store, "a")
    if kept.name == "tokens":
        assert file.read_text("latin-1") == content
        with pytest.raises(ConfigError, match="cannot be read"):
            store.get("a")
        return
    assert kept.knows(kept.open(file, StorageNotices()), "a")
    assert file.with_name("store.json.damaged").read_text("latin-1") == content
    (words,) = notices.take()
    assert "store.json is damaged" in words


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"x"', "\xff", "[" * 100_000, '{"a": 1}', '{"a": "b"}'])
@fault(
    "the file of accepted certificates is damaged", holds="an error in words; it is neither believed nor overwritten"
)
def test_a_damaged_pin_file(content: str, tmp_path: Path) -> None:
    file = tmp_path / "pins.json"
    file.write_text(content, "latin-1")
    with pytest.raises(AccessError, match="cannot be read"):
        PinStore(file)
    assert file.read_text("latin-1") == content


def _obstruct(file: Path, what: str) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    match what:
        case "directory":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "link":
            (file.parent / "target").write_text('{"theirs": "sha256:aa"}')
            file.symlink_to(file.parent / "target")
        case "device":
            file.symlink_to("/dev/zero")
        case "no folder":
            file.parent.rmdir()
            file.parent.write_text("")


@pytest.mark.parametrize("what", ["directory", "pipe", "link", "device", "no folder"])
@pytest.mark.parametrize("kept", STORES, ids=lambda kept: kept.name)
@fault(
    "something else stands in place of a state file", holds="it is left alone, nothing waits, memory serves", seconds=5
)
def test_something_else_in_its_place(kept: Kept, what: str, tmp_path: Path) -> None:
    file, notices = tmp_path / "state" / "store.json", StorageNotices()
    _obstruct(file, what)
    store = kept.open(file, notices)
    if kept.name == "tokens":
        with pytest.raises(ConfigError, match=r"cannot be (read|kept)"):
            store.put("a", Token(access="x"))
        return
    for word in ("a", "b"):
        kept.put(store, word)
    assert kept.knows(store, "a")
    assert kept.knows(store, "b")
    assert len(notices.take()) == 1
    if what == "link":
        assert (file.parent / "target").read_text() == '{"theirs": "sha256:aa"}'


NOBODY = "http://127.0.0.1:9"
"""Where no phone is: the exit code must be that, 3, and no other."""


def _run(environment: dict[str, str], *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PHONETUI, *words], capture_output=True, text=True, check=False, cwd=folder, timeout=60,
        env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mode"),
    [("[defaults]\npassword = { command = 'false' }", 0o666), ("[defaults]\npassword = { command = 'false' }", 0o622),
     ("[defaults]\npassword = { command = 'false' }", 0o660), ("[webex]\ntoken = { command = 'false' }", 0o620),
     ("[[phone]]\nhost = 'a'\npassword = { command = 'false' }", 0o602)],
)  # fmt: skip
@fault(
    "others may write the configuration that names a command", holds="it is not run, and why is said with file and mode"
)
def test_no_command_of_others_is_run(text: str, mode: int, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text.replace("'false'", f"'touch {tmp_path}/ran'"))
    file.chmod(mode)
    run = _run({"HOME": str(tmp_path)}, "--config", str(file), "status", NOBODY, folder=tmp_path)
    assert run.returncode == 2
    assert f"a command in a file that others may change ({file} has mode {mode:04o}) is not run" in run.stderr
    assert not (tmp_path / "ran").exists()


@fault("others may write a directory above the configuration", holds="no command of it is run")
def test_no_command_below_a_directory_of_others_is_run(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "home" / "shared" / "deep"
    folder.mkdir(parents=True)
    file = folder / "config.toml"
    file.write_text(f"[defaults]\npassword = {{ command = 'touch {tmp_path}/ran' }}")
    file.chmod(0o600)
    folder.parent.chmod(0o775)
    run = _run({"HOME": str(home)}, "--config", str(file), "status", NOBODY, folder=tmp_path)
    assert (run.returncode, "shared has mode 0775" in run.stderr) == (2, True)
    folder.parent.chmod(0o755)
    (home / "link.toml").symlink_to(file)
    run = _run({"HOME": str(home)}, "--config", str(home / "link.toml"), "status", NOBODY, folder=tmp_path)
    assert "printed nothing" in run.stderr
    assert (tmp_path / "ran").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@fault("another user owns the configuration that names a command", holds="it is not run")
def test_no_command_of_a_stranger_s_file_is_run(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[defaults]\npassword = {{ command = 'touch {tmp_path}/ran' }}")
    os.chown(file, 54321, -1)
    run = _run({"HOME": str(tmp_path)}, "--config", str(file), "status", NOBODY, folder=tmp_path)
    assert (run.returncode, f"{file} belongs to user id 54321" in run.stderr) == (2, True)
    assert not (tmp_path / "ran").exists()


@fault(
    "everybody may write the accepted certificates", holds="they are not believed, and why is said with file and mode"
)
def test_pins_of_everybody(tmp_path: Path) -> None:
    file = tmp_path / "phonetui" / "pins.json"
    file.parent.mkdir(mode=0o700)
    file.write_text("{}")
    file.chmod(0o666)
    environment = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "PHONETUI_PASSWORD": "x"}
    run = _run(environment, "status", NOBODY, folder=tmp_path)
    assert run.returncode == 4
    assert f"{file}: everybody may write it (mode 0666)" in run.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@fault("the state belongs to somebody else", holds="the run goes on from memory, and that is said once")
def test_state_of_a_stranger(tmp_path: Path) -> None:
    file = tmp_path / "pins.json"
    file.write_text('{"a:443": "sha256:aa"}')
    os.chown(file, 54321, -1)
    notices = StorageNotices()
    pins = PinStore(file, notices)
    pins.accept_first("b:443", "sha256:bb")
    assert (pins.get("a:443"), pins.get("b:443")) == (None, "sha256:bb")
    assert file.read_text() == '{"a:443": "sha256:aa"}'
    (words,) = notices.take()
    assert "belongs to somebody else (user id 54321)" in words


NO_ACCOUNT = """
import pwd, sys
def getpwuid(_): raise KeyError("getpwuid(): uid not found")
pwd.getpwuid = getpwuid
from phonetui.cli.main import entry
sys.exit(entry())
"""
"""The program as a user without an entry among the system's accounts runs it."""


@pytest.mark.parametrize("home", ["file", None])
@fault(
    "no state directory can be made: no HOME, no account, a file in its place",
    holds="exit 0, and it is said once",
    seconds=30,
)
async def test_a_phone_is_read_without_any_state(home: str | None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {"PATH": os.environ["PATH"], "PHONETUI_PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
    environment |= {"HOME": str(tmp_path / home)} if home else {}
    async with served() as office:
        url = office.phones[0].url.replace("https://", "https://xapi@")
        run = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", NO_ACCOUNT, "status", url, "Standby"],
            capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
        )  # fmt: skip
        press = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", NO_ACCOUNT, "keys", url, "1"],
            capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
        )  # fmt: skip
    assert (run.returncode, press.returncode) == (0, 0), run.stderr + press.stderr
    assert run.stdout.startswith("*s Standby")
    told = run.stderr.splitlines()
    assert len(told) == 2
    assert any("is accepted on first use" in line for line in told)
    assert any("accepted certificates cannot be kept in" in line for line in told)
    assert "the audit log cannot be written" in press.stderr
    assert [item.name for item in await asyncio.to_thread(lambda: list(tmp_path.iterdir()))] == ["file"]


@fault(
    "`trust` cannot write what was accepted", holds="that is said, with exit 2: the phone is not to blame", seconds=30
)
async def test_trust_says_what_it_cannot_keep(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with served() as office:
        url = office.phones[0].url.replace("https://", "https://xapi@")
        run = await asyncio.to_thread(
            _run, {"XDG_STATE_HOME": str(tmp_path / "file")}, "trust", url, "--yes", folder=tmp_path
        )
    assert run.returncode == 2
    assert "the accepted certificate cannot be kept in" in run.stderr
    assert "accepted\n" not in run.stdout.splitlines(keepends=True)


# The archive


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BATCH_S", "RETRY_S"):
        monkeypatch.setattr(f"phonetui.archive.archive.{name}", 0.01)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("code", ERRORS, ids=lambda code: errno.errorcode[code])
@fault("the call archive cannot be opened", holds="calls stay in memory, that is said once, and it is tried again")
async def test_an_archive_that_cannot_be_opened(code: int, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "calls.sqlite3", 90)
    with failing_disk(tmp_path) as disk:
        disk.fail(0, code)
        assert await archive.begin(NOW) == []
        assert archive.trouble.startswith(f"{tmp_path}/calls.sqlite3: {os.strerror(code)}")
        archive.keep(remembered())
        disk.heal()
        await until(lambda: not archive.trouble)
    await archive.close()
    with closing(CallStore(tmp_path / "calls.sqlite3")) as file:
        assert len(file) == 1


@pytest.mark.usefixtures("quick")
@fault("the disk is full when calls are written", holds="they stay in memory, and are written when there is room")
async def test_an_archive_on_a_full_disk(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "calls.sqlite3", 90)
    await archive.begin(NOW)
    assert archive._file is not None
    rows = archive._file._connection
    pages = rows.execute("PRAGMA page_count").fetchone()[0]
    await asyncio.to_thread(rows.execute, f"PRAGMA max_page_count = {pages}")
    for minutes in range(30):
        archive.keep(remembered(minutes))
    await until(lambda: "full" in archive.trouble)
    await asyncio.to_thread(rows.execute, "PRAGMA max_page_count = 100000")
    await until(lambda: not archive.trouble)
    await archive.close()
    with closing(CallStore(tmp_path / "calls.sqlite3")) as file:
        assert len(file) == 30


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Another program has the lock of a file of ours."""
    file.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


@pytest.mark.slow
@fault(
    "another program holds the audit log's lock while keys are pressed",
    holds="they arrive, phones are read, pushes answered; it is said, made good later, and SIGTERM ends it",
    seconds=90,
)
def test_a_held_lock_of_the_audit_log(tmp_path: Path) -> None:
    audit = tmp_path / "state" / "phonetui" / "log" / "audit.jsonl"
    with office() as (phone,):
        file = configured(tmp_path, [phone])
        file.write_text(file.read_text().replace("[defaults]", '[defaults]\ncontrol = "on"'))
        terminal = Terminal([*PHONETUI, "--config", str(file)], environment=environment(tmp_path))
        registered(phone)
        terminal.until("quit", SLOW_S)
        terminal.send("i")
        terminal.until("CONTROL: keys go to", SLOW_S)
        terminal.settle(0.5)  # what is typed before the screen could be read is left out
        with held(audit):
            terminal.send("5")
            terminal.until("✓", SLOW_S)
            terminal.send("\x1b")
            terminal.until("the audit log cannot be written", SLOW_S)
            goes_on(phone)
        wait(lambda: "KeyPad5" in audit.read_text(), SLOW_S, "the line was not made good")
        with held(audit):
            terminal.send("i")
            terminal.until("CONTROL: keys go to", SLOW_S)
            terminal.settle(0.5)
            terminal.send("6")
            terminal.until("✓", SLOW_S)
            os.kill(terminal.process, signal.SIGTERM)
            assert terminal.close(seconds=END_S * ALLOWED) == 128 + signal.SIGTERM
        pressed = [key for request in phone.requests for command in request.calls for _, key in command.arguments]
        assert [key for key in pressed if key.startswith("KeyPad")] == ["KeyPad5", "KeyPad6"]
