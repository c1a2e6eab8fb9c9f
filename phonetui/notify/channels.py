"""Channels for notifications: a command, a webhook, Apprise. Each has a time limit; failures are ConfigErrors.

The command is an argument list and no shell; the notification is JSON on its standard input, never an argument. URLs
are secrets: they hold tokens, and stand in no message.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.header import Header
from typing import Any, Protocol

from phonetui.config.settings import Secret
from phonetui.errors import ConfigError, PhonetuiError
from phonetui.notify.alert_groups import Notification, NotificationKind
from phonetui.phone.alerts.alert import Severity
from phonetui.phone.clock import instant

TIME_LIMIT_S = 10.0
_PRIORITIES = {Severity.INFO: "2", Severity.FAIR: "3", Severity.POOR: "4", Severity.CRITICAL: "5"}
"""Of ntfy, 1 to 5."""


class NotificationFailed(PhonetuiError):
    """A notification could not be sent; its text is written to the journal."""

    kind = "config"


class Channel(Protocol):
    async def send(self, notification: Notification) -> None:
        """Sends it within TIME_LIMIT_S. Raises NotificationFailed."""


def to_object(notification: Notification) -> dict[str, Any]:
    """The documented JSON object, for a command's standard input and for webhooks of shape `own`."""
    return {
        "type": "notification",
        "event": str(notification.kind),
        "group": notification.group,
        "alert": str(notification.alert),
        "severity": str(notification.severity),
        "title": notification.title,
        "text": notification.text,
        "phones": list(notification.phones),
        "site": notification.site,
        "began_at": instant(notification.began_at),
        "ended_at": instant(notification.ended_at) if notification.ended_at else None,
    }


class CommandChannel:
    """Runs `[notify] command` with the notification on its standard input."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    async def send(self, notification: Notification) -> None:
        program = self._words[0]
        text = json.dumps(to_object(notification)).encode() + b"\n"
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise NotificationFailed(f"notify command '{program}': {error.strerror or error}") from error
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                with suppress(ConnectionError):  # one that reads nothing may still have done its work
                    await process.communicate(text)
                code = await process.wait()
        except TimeoutError as error:
            raise NotificationFailed(f"notify command '{program}' took longer than {TIME_LIMIT_S:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code:
            raise NotificationFailed(f"notify command '{program}' ended with {code}")


class WebhookChannel:
    """`[notify] webhook`: a POST in one of three shapes."""

    def __init__(self, url: Secret, shape: str) -> None:
        self._url = url
        self._shape = shape

    async def send(self, notification: Notification) -> None:
        import httpx  # noqa: PLC0415 - the network stack: with the first notification

        from phonetui.tls import default_context  # noqa: PLC0415 - likewise

        content, headers = webhook_request(notification, self._shape)
        try:
            async with (
                asyncio.timeout(TIME_LIMIT_S),
                httpx.AsyncClient(trust_env=False, verify=default_context(), timeout=TIME_LIMIT_S) as client,
            ):
                answer = await client.post(self._url.reveal(), content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise NotificationFailed(f"notify webhook: {type(error).__name__}", "Is its address right?") from None
        if not answer.is_success:
            raise NotificationFailed(f"notify webhook: it answered {answer.status_code}")


def webhook_request(notification: Notification, shape: str) -> tuple[bytes, Mapping[str, str]]:
    """Body and headers in the shape `own`, `alertmanager` (v2) or `ntfy`."""
    match shape:
        case "alertmanager":
            return json.dumps([_alertmanager(notification)]).encode(), {"Content-Type": "application/json"}
        case "ntfy":
            return str(notification.text).encode(), {
                "Title": Header(str(notification.title), "utf-8").encode(maxlinelen=10_000),
                "Priority": _PRIORITIES[notification.severity],
                "Tags": "white_check_mark" if notification.kind is NotificationKind.RESOLVED else "telephone_receiver",
            }
        case _:
            return json.dumps(to_object(notification)).encode(), {"Content-Type": "application/json"}


def _alertmanager(notification: Notification) -> dict[str, Any]:
    """One Alertmanager alert for each group: its labels stay the same while it holds."""
    labels = {
        "alertname": f"phonetui_{notification.alert}".replace("-", "_"),
        "group": notification.group,
        "severity": str(notification.severity),
        "site": notification.site,
    }
    return {
        "labels": {name: word for name, word in labels.items() if word},
        "annotations": {"summary": notification.title, "description": notification.text},
        "startsAt": instant(notification.began_at),
        **({"endsAt": instant(notification.ended_at)} if notification.ended_at else {}),
    }


class AppriseChannel:
    """`[notify] apprise`: chat, mail, SMS and a hundred other services."""

    def __init__(self, urls: Sequence[Secret]) -> None:
        """Raises ConfigError where Apprise is not installed, or knows no such URL."""
        try:
            import apprise  # noqa: PLC0415 - an extra, and slow to import
        except ImportError:
            hint = "Install phonetui with its extra: 'phonetui[notify]'"
            raise ConfigError("[notify] apprise needs Apprise, which is not installed", hint) from None
        self._apprise = apprise.Apprise()
        for place, url in enumerate(urls, 1):
            if not self._apprise.add(url.reveal()):
                raise ConfigError(f"[notify] apprise: URL {place} is none that Apprise knows")

    async def send(self, notification: Notification) -> None:
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                done = await self._apprise.async_notify(body=str(notification.text), title=str(notification.title))
        except TimeoutError as error:
            raise NotificationFailed(f"notify by Apprise took longer than {TIME_LIMIT_S:g} s") from error
        if not done:
            raise NotificationFailed("notify by Apprise: not everything was taken")
