"""`phonetui collect` as systemd, Prometheus and an operator with a new configuration meet it."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from urllib.parse import quote

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from phonetui.config.settings import MetricsSettings, Secret
from phonetui.errors import ConfigError
from phonetui.metrics.server import MetricsServer, parse_listen
from phonetui.phone.state import PhoneId, State
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from phonetui.simulator.phone import SimulatedPhone
from phonetui.simulator.server import ServedOffice
from tests.deadlines import EVENTUALLY_S
from tests.live import PASSWORD, served, until
from tests.ui.office import FakeFleet, lobby

PHONES = int(os.environ.get("PHONETUI_COLLECT_PHONES", "10"))
SOAK_S = float(os.environ.get("PHONETUI_COLLECT_S", "30"))
"""How long it is watched with SIGHUP now and then; 1800 is what is held to."""
SLOPE_MB = 1.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def written(file: Path, phones: list[SimulatedPhone], *lines: str) -> Path:
    text = ["[defaults]", f'password = "{PASSWORD}"', "poll = { call = 1.0, idle = 1.0, slow = 5.0 }", *lines]
    for phone in phones:
        text += ["[[phone]]", f'name = "{phone.name}"', f'url = "{phone.url}"', f'fingerprint = "{phone.fingerprint}"']
        text += ['group = "HQ/First"']
    file.write_text("\n".join(text))
    file.chmod(0o600)
    return file


@contextmanager
def notify_socket(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(folder / "notify"))
        listening.setblocking(False)
        yield listening


@asynccontextmanager
async def collecting(
    folder: Path, config: Path, port: int, *options: str, **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    places = {f"XDG_{name}_HOME": str(folder) for name in ("STATE", "DATA", "CONFIG", "CACHE")}
    words = ["-m", "phonetui", "--config", str(config), "collect", "--metrics", f"127.0.0.1:{port}", *options]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env={**os.environ, **places, **more}, stdout=DEVNULL, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def asked(port: int, path: str, token: str = "") -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


async def get(port: int, path: str, token: str = "") -> str:
    return await asyncio.to_thread(asked, port, path, token)


async def is_ready(port: int) -> bool:
    try:
        return await get(port, "/-/ready") == "ready\n"
    except OSError:
        return False


async def wait_until_ready(port: int) -> None:
    async with asyncio.timeout(6 * EVENTUALLY_S):
        while not await is_ready(port):  # noqa: ASYNC110 - another program
            await asyncio.sleep(0.1)


async def exposition_with(line: str, port: int, token: str = "") -> str:
    async with asyncio.timeout(6 * EVENTUALLY_S):
        while line not in (words := await get(port, "/metrics", token)):  # noqa: ASYNC110 - another program
            await asyncio.sleep(0.2)
    return words


def said(listening: socket.socket) -> str:
    words = []
    while True:
        try:
            words.append(listening.recv(4096).decode())
        except BlockingIOError:
            return "\n".join(words)


def requests(office: ServedOffice, name: str) -> int:
    return next(len(phone.requests) for phone in office.phones if phone.name == name)


async def test_it_is_ready_reloads_without_losing_a_phone_and_ends(tmp_path: Path) -> None:
    async with served(3) as office:
        phones, port = list(office.phones), free_port()
        config = written(tmp_path / "config.toml", phones[:2])
        with notify_socket(tmp_path) as listening:
            notify = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
            recorded = tmp_path / "recorded"
            async with collecting(tmp_path, config, port, "--record", str(recorded), **notify) as process:
                await wait_until_ready(port)
                words = said(listening)
                assert "READY=1" in words
                assert "STATUS=2 phones" in words
                assert "; recording" in words
                assert [target["labels"]["__meta_phonetui_phone"] for target in json.loads(await get(port, "/sd"))] == [
                    "sim-1", "sim-2",
                ]  # fmt: skip
                connections = len(phones[0].requests)

                config.write_text("not a configuration [")
                process.send_signal(signal.SIGHUP)
                await until(lambda: "RELOADING=1" in said(listening), what="reloading was not said")
                assert len(json.loads(await get(port, "/sd"))) == 2

                written(config, [phones[0], phones[2]])
                process.send_signal(signal.SIGHUP)
                words = await exposition_with('phonetui_phone_up{phone="sim-3",site="HQ"} 1.0', port)
                assert "sim-2" not in words
                assert 'phonetui_phone_up{phone="sim-1",site="HQ"} 1.0' in words
                assert len(phones[0].requests) > connections
                gone = len(phones[1].requests)
                await until(lambda: "WATCHDOG=1" in said(listening), what="no sign of life")
                assert len(phones[1].requests) <= gone + 3  # what was under way, and its slot given back
                process.send_signal(signal.SIGTERM)
                _, errors = await asyncio.wait_for(process.communicate(), EVENTUALLY_S)
                assert process.returncode == 0
                assert "STOPPING=1" in said(listening)
        assert b"the configuration before stays in force" in errors
        assert b"configuration read again: 2 phones" in errors
        assert b"Traceback" not in errors
    recording = Recording(recorded)
    player = Player(recording)
    assert set(player.fleet.phones) == {"sim-1", "sim-2"}
    player.seek(recording.last_us)
    assert set(player.fleet.phones) == {"sim-1", "sim-3"}, "who came and who went is recorded, too"
    assert player.fleet.phones[PhoneId("sim-1")].connection.state is State.LIVE


async def test_a_directory_that_cannot_be_recorded_into_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[phone]]\nname = "lobby"\nurl = "https://admin@192.0.2.1"\npassword = "x"\n')
    config.chmod(0o600)
    (tmp_path / "file").touch()
    async with collecting(tmp_path, config, free_port(), "--record", str(tmp_path / "file")) as process:
        _, errors = await asyncio.wait_for(process.communicate(), 6 * EVENTUALLY_S)
    assert process.returncode == 2
    assert b"cannot be recorded into" in errors
    assert errors.count(b"\n") == 1


async def test_a_token_is_asked_for_and_never_shown() -> None:
    secret = "a-token-nobody-sees"
    settings = MetricsSettings(listen="127.0.0.1:0", token=Secret(secret))
    server = MetricsServer(FakeFleet({lobby().id: lobby()}), settings)
    task = asyncio.create_task(server.run())
    try:
        await until(lambda: server.address is not None)
        assert server.address is not None
        port = server.address[1]
        assert await get(port, "/-/healthy") == "healthy\n"
        for wrong in ("", "another"):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                await get(port, "/metrics", wrong)
        assert "phonetui_phone_up" in await get(port, "/metrics", secret)
        assert secret not in repr(settings)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_address_that_is_taken_is_refused_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ConfigError, match="cannot be listened on"):
            await MetricsServer(FakeFleet(), MetricsSettings(listen=address)).run()


@pytest.mark.parametrize(
    ("text", "place"), [("127.0.0.1:1", ("127.0.0.1", 1)), ("[::1]:9", ("::1", 9)), ("localhost:0", ("localhost", 0))]
)
def test_where_to_listen(text: str, place: tuple[str, int]) -> None:
    assert parse_listen(text) == place


@pytest.mark.parametrize("text", ["", "9819", ":9819", "host:", "host:70000", "host:x"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_listen(text)


PROMETHEUS = """
global: {{ scrape_interval: 1s }}
scrape_configs:
  - job_name: phonetui
    static_configs: [{{ targets: ["127.0.0.1:{port}"] }}]
"""


@pytest.mark.slow
@pytest.mark.timeout(SOAK_S + 300)
async def test_a_real_prometheus_reads_what_watch_says_for_as_long_as_it_runs(tmp_path: Path) -> None:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not here")
    async with served(PHONES, scenario="busy") as office:
        port, own = free_port(), free_port()
        config = written(tmp_path / "config.toml", list(office.phones))
        scrape = tmp_path / "prometheus.yml"
        scrape.write_text(PROMETHEUS.format(port=port))
        words = [
            f"--config.file={scrape}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{own}",
        ]
        async with collecting(tmp_path, config, port) as process:
            await wait_until_ready(port)
            scraping = await asyncio.create_subprocess_exec(program, *words, stdout=DEVNULL, stderr=DEVNULL)
            try:
                await _watch(process, port, own)
            finally:
                scraping.terminate()
                await scraping.wait()
            process.send_signal(signal.SIGTERM)
            _, errors = await asyncio.wait_for(process.communicate(), EVENTUALLY_S)
            assert process.returncode == 0
            assert b"Traceback" not in errors


async def _watch(process: asyncio.subprocess.Process, port: int, own: int) -> None:
    """Prometheus' own figures equal the exposition's; SIGHUP ten times loses no phone and no memory."""
    loop = asyncio.get_running_loop()
    began_at, measured = loop.time(), psutil.Process(process.pid)
    memory: list[tuple[float, float]] = []
    await _until(own, "count(phonetui_phone_up == 1)")
    for turn in range(10):
        await asyncio.sleep(SOAK_S / 10)
        process.send_signal(signal.SIGHUP)
        memory.append((loop.time() - began_at, measured.memory_info().rss / 2**20))
        if turn:
            await _until(own, "count(phonetui_phone_up)")
    await _until(own, "count(phonetui_phone_up == 1)")
    families = list(text_string_to_metric_families(await get(port, "/metrics")))
    assert all(family.documentation and family.type != "unknown" for family in families)
    received = sum(
        sample.value for family in families for sample in family.samples
        if sample.name == "phonetui_rtp_packets_received_total"
    )  # fmt: skip
    later = await _query(own, "sum(phonetui_rtp_packets_received_total)")
    assert later is not None
    assert 0 < later <= received * 1.5
    half = memory[len(memory) // 2 :]
    print(f"{PHONES} phones, {SOAK_S:.0f} s: {memory[0][1]:.0f} MB, then {memory[-1][1]:.0f} MB")
    if SOAK_S >= 600:
        assert half[-1][1] - half[0][1] <= SLOPE_MB


async def _until(own: int, words: str) -> None:
    """Waits for every phone: a scrape that a busy machine does not get done in its second is missing for a moment."""
    async with asyncio.timeout(6 * EVENTUALLY_S):
        while await _query(own, words) != PHONES:  # noqa: ASYNC110 - another program
            await asyncio.sleep(0.5)


async def _query(own: int, words: str) -> float | None:
    try:
        answer = json.loads(await get(own, f"/api/v1/query?query={quote(words)}"))
    except OSError:  # it has not begun to listen
        return None
    found = answer["data"]["result"]
    return float(found[0]["value"][1]) if found else None


async def test_figures_equal_those_of_the_state_that_watch_prints() -> None:
    """Both are read from the same frozen phone: field by field, not by chance of the second."""
    shown = lobby()
    fleet = FakeFleet({shown.id: shown})
    words = (await MetricsServer(fleet, MetricsSettings(listen="127.0.0.1:0")).exposition()).decode()
    measure = shown.measures[0]
    assert measure.loss_pct is not None
    match = re.search(r"phonetui_call_loss_ratio\{[^}]*\} (\S+)", words)
    assert match is not None
    assert float(match[1]) == pytest.approx(measure.loss_pct / 100)
