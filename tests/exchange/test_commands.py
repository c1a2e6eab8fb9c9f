"""Commands over the exchange: carried out once, by whom may, or refused in words; nothing is believed unsigned."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from phonetui.config.settings import ControlMode
from phonetui.errors import AccessError, CommandRefused, ConfigError, TransportError
from phonetui.exchange import commands, wire
from phonetui.exchange.command_envelope import CommandEnvelope, CommandGate, SignedCommand, signed_bytes
from phonetui.exchange.nats_keys import Credentials, new_user, read_credentials
from phonetui.exchange.nats_subjects import command_subject
from phonetui.fleet.protocol import Permission
from phonetui.phone.state import PhoneId
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import SCREENSHOT, screenshot_picture
from phonetui.xapi.path import Path as Place
from tests.exchange.office import attached, collecting
from tests.exchange.processes import collector_process, config_file
from tests.exchange.server import nats_server
from tests.live import served, until

SIM_1 = PhoneId("sim-1")
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ALICE, MALLORY = new_user(), new_user()
EPOCHS = {"lobby": 7}


def _envelope(**fields: Any) -> CommandEnvelope:
    known: dict[str, Any] = {
        "id": "1", "site": "hq", "phone": "lobby", "verb": "press", "words": ("VolUp",), "operator": ALICE.public,
        "issued": NOW, "expires": NOW + timedelta(seconds=5), "epoch": 7,
    }  # fmt: skip
    return CommandEnvelope(**(known | fields))


def _signed(envelope: CommandEnvelope, seed: str = ALICE.seed) -> SignedCommand:
    raw = msgspec.json.encode(envelope)
    return SignedCommand(raw, Credentials("", seed, False).sign(signed_bytes(raw)))


def test_a_command_passes_once() -> None:
    gate = CommandGate((f"alice {ALICE.public}",))
    signed = _signed(_envelope())
    assert gate.open(signed, "hq", EPOCHS, NOW).words == ("VolUp",)
    with pytest.raises(AccessError, match="not carried out twice"):
        gate.open(signed, "hq", EPOCHS, NOW + timedelta(seconds=4))
    assert gate.name(ALICE.public) == "alice"


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        (_signed(_envelope(operator=MALLORY.public), MALLORY.seed), "not among those"),
        (_signed(_envelope(), MALLORY.seed), "signature"),
        (SignedCommand(msgspec.json.encode(_envelope(words=("Mute",))), _signed(_envelope()).signature), "signature"),
        (_signed(_envelope(expires=NOW + timedelta(seconds=60))), "too long"),
        (_signed(_envelope(issued=NOW - timedelta(seconds=9), expires=NOW - timedelta(seconds=4))), "9 s after"),
        (_signed(_envelope(issued=NOW + timedelta(seconds=9), expires=NOW + timedelta(seconds=12))), "in the future"),
        (_signed(_envelope(site="branch")), "another site"),
        (_signed(_envelope(phone="kitchen")), "another site or phone"),
        (_signed(_envelope(epoch=6)), "another collector"),
        (SignedCommand(b"{", b""), "cannot be read"),
    ],
)
def test_everything_else_is_refused(signed: SignedCommand, words: str) -> None:
    with pytest.raises(AccessError, match=words):
        CommandGate((ALICE.public,)).open(signed, "hq", EPOCHS, NOW)


@pytest.mark.parametrize(
    "words", ["alice", "UABC", ALICE.seed, "U" + "A" * 60], ids=["name", "short", "seed", "check sum"]
)
def test_what_is_no_key_is_refused_at_the_start(words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        CommandGate((words,))
    assert ALICE.seed not in str(refused.value)


def test_seeds_are_shown_nowhere(tmp_path: Path) -> None:
    file = _creds(tmp_path, ALICE.seed)
    known = read_credentials(str(file))
    assert known is not None
    assert known.public == ALICE.public
    assert ALICE.seed not in repr(known) + repr(ALICE)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        read_credentials(str(file))


def _creds(folder: Path, seed: str) -> Path:
    file = folder / f"{new_user().public}.nk"
    file.write_text(f"{seed}\n")
    file.chmod(0o600)
    return file


def _audited(folder: Path) -> list[dict[str, Any]]:
    """What the collector's own audit log has."""
    file = next(file for file in folder.rglob("audit*") if file.is_file())
    return [msgspec.json.decode(line) for line in file.read_text().splitlines()]


async def test_a_key_press_goes_through_the_collectors_door(tmp_path: Path) -> None:
    async with (
        nats_server(tmp_path) as server,
        served(1) as office,
        collecting(office, server.url, operators=(f"alice {ALICE.public}",), control=ControlMode.CONFIRM) as collector,
        attached(server.url, creds=_creds(tmp_path, ALICE.seed)) as fleet,
        attached(server.url, creds=_creds(tmp_path, MALLORY.seed)) as foreign,
    ):
        for viewer in (fleet, foreign):
            await until(lambda viewer=viewer: SIM_1 in viewer.phones and viewer.phones[SIM_1].is_current, 10)  # type: ignore[misc]
        assert fleet.permission(SIM_1) is Permission.ASK
        with pytest.raises(AccessError, match="control was not taken"):
            await fleet.press(SIM_1, "VolUp")
        fleet.grant(SIM_1)
        await fleet.press(SIM_1, "VolUp")
        entry = collector.audit[-1]
        assert (str(entry.command), entry.answer, entry.operator) == ("Ui SendKey", "OK", "alice")
        with pytest.raises(AccessError, match="was not confirmed"):
            await fleet.command(SIM_1, Command(Place.of("SystemUnit", "FactoryReset")))
        with pytest.raises(CommandRefused):  # by the phone itself, with its own words
            await fleet.command(SIM_1, Command(Place.of("Nothing", "Such")), confirmed=True)
        picture, _ = screenshot_picture(await foreign.command(SIM_1, Command(SCREENSHOT)))  # looking needs no key
        assert picture.startswith(b"\x89PNG")
        foreign.grant(SIM_1)
        with pytest.raises(AccessError, match="not among those"):
            await foreign.press(SIM_1, "VolUp")
        assert collector.audit[-1].answer == "access"
        assert collector.audit[-1].operator == MALLORY.public


async def test_what_nobody_answers_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "ACCEPT_S", 0.2)
    async with (
        nats_server(tmp_path) as server,
        served(1) as office,
        collecting(office, server.url, operators=(ALICE.public,)) as collector,
        attached(server.url, creds=_creds(tmp_path, ALICE.seed)) as fleet,
    ):
        await until(lambda: SIM_1 in fleet.phones and fleet.phones[SIM_1].is_current, 10)
        server.pause()
        try:
            with pytest.raises(TransportError, match="look at the phone"):
                await fleet.press(SIM_1, "VolUp")
        finally:
            server.go_on()
        await until(lambda: any(entry.operator for entry in collector.audit), 10)  # it came in the end, in time
        sent = len(collector.audit)
        epoch = next(iter(collector.service.held.values())).epoch
        raw = wire.encode(_signed(_envelope(phone="sim-1", epoch=epoch, issued=datetime.now(UTC))))
        async with asyncio.timeout(30.0):
            while len(collector.audit) <= sent:  # what is sent while the connection comes back may be lost
                await collector.service.connection.publish(command_subject("hq", "sim-1"), raw)
                await asyncio.sleep(0.5)
        assert collector.audit[-1].answer == "access"


@pytest.mark.slow
async def test_what_was_written_down_is_in_the_stream_that_nobody_can_empty(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as server, served(1) as office:
        more = f'operators = ["alice {ALICE.public}"]'
        config = config_file(tmp_path, list(office.phones), "xapi", more=more)
        creds = _creds(tmp_path, ALICE.seed)
        async with collector_process(tmp_path, config, server.url), attached(server.url, creds=creds) as fleet:
            await until(lambda: SIM_1 in fleet.phones and fleet.phones[SIM_1].is_current, 20)
            await fleet.press(SIM_1, "VolUp")
            lines: list[dict[str, Any]] = []

            async def stored() -> bool:
                connection = fleet.viewer.connection
                request = {"batch": 10, "seq": 1, "next_by_subj": "audit.hq"}
                lines[:] = [
                    msgspec.json.decode(value.data)
                    async for values in connection.direct([("audit_hq", request)])
                    for value in values
                ]
                return bool(lines)

            for _ in range(100):
                if await stored():
                    break
                await asyncio.sleep(0.1)
            assert [(line["operator"], line["command"], line["answer"]) for line in lines] == [
                ("alice", "Ui SendKey", "OK")
            ]
            purged = await fleet.viewer.connection.api("STREAM.PURGE.audit_hq")
            assert "error" in purged
    assert _audited(tmp_path) == lines
