"""Notifications get out by a command, a webhook and Apprise; what fails is said, and nothing is ever a shell's."""

import asyncio
import json
import os
import shutil
import socket
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.header import decode_header
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from phonetui.config.settings import NotifySettings, Secret, WebhookSettings
from phonetui.notify import channels
from phonetui.notify.alert_groups import Notification, NotificationKind
from phonetui.notify.channels import AppriseChannel, CommandChannel, NotificationFailed, WebhookChannel, webhook_request
from phonetui.notify.service import NotificationService
from phonetui.phone.alerts.alert import AlertId, Severity
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from tests.deadlines import EVENTUALLY_S
from tests.live import until
from tests.notify.test_alert_groups import alert
from tests.ui.office import NOW, FakeFleet, phone

HOSTILE = "'; touch pwned; \" $(touch pwned) `touch pwned` \x1b]0;x\x07\n\u202e"


def notification(text: str = "loss 7.2 %", **more: Any) -> Notification:
    fields: dict[str, Any] = {
        "kind": NotificationKind.RAISED, "group": "loss / phone lobby", "alert": AlertId.LOSS,
        "severity": Severity.CRITICAL, "title": printable("lobby: loss"), "text": printable(text),
        "phones": (PhoneId("lobby"),), "site": "HQ", "began_at": NOW,
    }  # fmt: skip
    return Notification(**{**fields, **more})


def script(folder: Path, code: str) -> CommandChannel:
    file = folder / "hook.py"
    file.write_text(code)
    return CommandChannel((sys.executable, str(file)))


async def test_a_command_reads_json_and_no_shell_reads_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.json"
    hook = script(tmp_path, f"import sys; open({str(out)!r}, 'w').write(sys.stdin.read())")
    await hook.send(notification(HOSTILE))
    said = json.loads(out.read_text())
    assert said["event"] == "raised"
    assert (said["alert"], said["severity"], said["phones"], said["site"]) == ("loss", "critical", ["lobby"], "HQ")
    assert "touch pwned" in said["text"]
    assert "\x1b" not in said["text"]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("code", "words"), [("raise SystemExit(3)", "ended with 3"), ("import os; os.close(0)", ""), ("", "")]
)
async def test_commands_that_fail_are_named_and_those_that_read_nothing_are_fine(
    tmp_path: Path, code: str, words: str
) -> None:
    hook = script(tmp_path, code)
    if words:
        with pytest.raises(NotificationFailed, match=words):
            await hook.send(notification())
    else:
        await hook.send(notification())


async def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "TIME_LIMIT_S", 1.0)
    pid = tmp_path / "pid"
    hook = script(tmp_path, f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    began = time.monotonic()
    with pytest.raises(NotificationFailed, match="took longer"):
        await hook.send(notification())
    assert time.monotonic() - began < EVENTUALLY_S
    if pid.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


async def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(NotificationFailed, match="No such file"):
        await CommandChannel(("/nonexistent/hook",)).send(notification())


@asynccontextmanager
async def receiving(status: int = 200) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    taken: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        taken.append((dict(request.headers), await request.read()))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook?token=secret-in-url", taken
    finally:
        await runner.cleanup()


async def test_a_webhook_gets_the_documented_json_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with receiving() as (url, taken):
        await WebhookChannel(Secret(url), "own").send(notification(HOSTILE))
    said = json.loads(taken[0][1])
    assert said["type"] == "notification"
    assert said["began_at"] == "2026-11-21T03:04:29.000Z"
    assert said["ended_at"] is None


async def test_a_webhook_that_refuses_or_is_not_there_is_said_without_its_url() -> None:
    async with receiving(status=403) as (url, _):
        with pytest.raises(NotificationFailed, match="it answered 403") as refused:
            await WebhookChannel(Secret(url), "own").send(notification())
    with pytest.raises(NotificationFailed, match="ConnectError") as absent:
        await WebhookChannel(Secret(url), "own").send(notification())
    assert "secret-in-url" not in str(refused.value) + str(absent.value) + repr(absent.value.__cause__)


def test_ntfy_gets_text_with_a_title_of_any_letters() -> None:
    body, headers = webhook_request(notification(title=printable("Empfang Süd: loss")), "ntfy")
    assert body == b"loss 7.2 %"
    assert headers["Priority"] == "5"
    words, charset = decode_header(headers["Title"])[0]
    assert isinstance(words, bytes)
    assert words.decode(charset or "") == "Empfang Süd: loss"
    assert all(word.isascii() and "\n" not in word for word in headers.values())


def test_alertmanager_gets_one_alert_a_group() -> None:
    raised = json.loads(webhook_request(notification(), "alertmanager")[0])[0]
    over = json.loads(
        webhook_request(notification(kind=NotificationKind.RESOLVED, ended_at=NOW), "alertmanager")[0]
    )[0]  # fmt: skip
    assert raised["labels"] == over["labels"]
    assert raised["labels"]["alertname"] == "phonetui_loss"
    assert "endsAt" not in raised
    assert over["endsAt"] == "2026-11-21T03:04:29.000Z"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Apprise's own imports
async def test_apprise_posts_to_a_local_url() -> None:
    pytest.importorskip("apprise")
    async with receiving() as (url, taken):
        place = url.split("//")[1].split("/")[0]
        await AppriseChannel([Secret(f"json://{place}/")]).send(notification())
    said = json.loads(taken[0][1])
    assert (said["title"], said["message"]) == ("lobby: loss", "loss 7.2 %")


async def test_a_channel_that_hangs_holds_up_neither_another_nor_the_look(tmp_path: Path) -> None:
    """Two troubles: the slow command gets both, the webhook has both long before."""
    notices: list[str] = []
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(600)")
    shown = FakeFleet({one.id: one for one in (phone("lobby"), phone("desk", group="Branch"))})
    async with receiving() as (url, taken):
        settings = NotifySettings(command=(sys.executable, str(slow)), webhook=WebhookSettings(url=Secret(url)))
        service = NotificationService(shown, settings, notices.append)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("phonetui.notify.alert_groups.GATHER_S", 0.0)
            patch.setattr("phonetui.notify.service.LOOK_S", 0.05)
            patch.setattr("phonetui.notify.service.FAREWELL_S", 0.1)
            task = asyncio.create_task(service.run())
            shown.alerts = (alert("lobby"), alert("desk", AlertId.REGISTRATION, subject="line 1"))
            await until(lambda: len(taken) == 2, what="the webhook did not get both")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert not notices
    assert {json.loads(body)["alert"] for _, body in taken} == {"loss", "registration"}


ALERTMANAGER = "route: { receiver: none }\nreceivers: [{ name: none }]\n"


@pytest.mark.slow
async def test_a_real_alertmanager_takes_and_resolves_it(tmp_path: Path) -> None:
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("prometheus-alertmanager is not here")
    (tmp_path / "alertmanager.yml").write_text(ALERTMANAGER)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    words = [
        f"--config.file={tmp_path / 'alertmanager.yml'}", f"--storage.path={tmp_path}", "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(program, *words, stdout=DEVNULL, stderr=DEVNULL)
    try:
        import httpx

        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v2", trust_env=False) as asking:

            async def is_up() -> bool:
                try:
                    return (await asking.get("/status")).is_success
                except httpx.TransportError:
                    return False

            async with asyncio.timeout(6 * EVENTUALLY_S):
                while not await is_up():  # noqa: ASYNC110 - another program
                    await asyncio.sleep(0.1)
            hook = WebhookChannel(Secret(f"http://127.0.0.1:{port}/api/v2/alerts"), "alertmanager")
            now = datetime.now(UTC)
            await hook.send(notification(began_at=now))
            (held,) = (await asking.get("/alerts")).json()
            assert held["labels"]["alertname"] == "phonetui_loss"
            assert held["annotations"]["description"] == "loss 7.2 %"
            await hook.send(notification(began_at=now, kind=NotificationKind.RESOLVED, ended_at=now))
            assert (await asking.get("/alerts", params={"active": "true"})).json() == []
    finally:
        process.terminate()
        await process.wait()
