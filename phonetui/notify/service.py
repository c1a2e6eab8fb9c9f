"""Follows a fleet's alerts and sends each notification through every channel; a failure is reported once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from phonetui.config.settings import NotifySettings, Secret
from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import Fleet
from phonetui.notify.alert_groups import AlertGrouping, Notification
from phonetui.notify.channels import AppriseChannel, Channel, CommandChannel, WebhookChannel

LOOK_S = 1.0
MOST_UNDER_WAY = 20
"""Notifications in flight at a time; beyond that the newest are dropped, with a notice."""
FAREWELL_S = 1.0
"""How long sends in flight may take when the program ends."""


class NotificationService:
    """Sends notifications until it is cancelled."""

    def __init__(self, fleet: Fleet, settings: NotifySettings, notice: Callable[[str], None]) -> None:
        """Raises ConfigError where a channel cannot be set up."""
        self._fleet = fleet
        self._notice = notice
        self._grouping = AlertGrouping(settings.severity, settings.cooldown_s)
        self._channels = channels(settings)
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                alerts, phones = self._fleet.alerts, self._fleet.phones
                for notification in self._grouping.update(alerts, phones, loop.time(), datetime.now(UTC)):
                    self._dispatch(notification)
                await asyncio.sleep(LOOK_S)
        finally:
            under_way = tuple(self._under_way)
            if under_way:
                await asyncio.wait(under_way, timeout=FAREWELL_S)
            for task in under_way:
                task.cancel()  # ends a command that hangs, too
            await asyncio.gather(*under_way, return_exceptions=True)

    def _dispatch(self, notification: Notification) -> None:
        """Starts a task for each channel, so that no channel delays another one or the fleet."""
        for channel in self._channels:
            if len(self._under_way) >= MOST_UNDER_WAY:
                self._notice(f"not sent, too many are under way: {notification.title}")
                return
            task = asyncio.get_running_loop().create_task(self._send(channel, notification))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _send(self, channel: Channel, notification: Notification) -> None:
        try:
            await channel.send(notification)
        except PhonetuiError as error:
            self._notice(f"{error.message} ({notification.title})")
        except Exception as error:  # noqa: BLE001 - a channel's library may raise whatever it likes
            self._notice(f"a notification was not sent: {type(error).__name__} ({notification.title})")


def channels(settings: NotifySettings) -> Sequence[Channel]:
    """The configured channels; `settings` holds fetched secrets. Raises ConfigError."""
    found: list[Channel] = []
    if settings.command:
        found.append(CommandChannel(settings.command))
    if settings.webhook is not None and settings.webhook.url is not None:
        found.append(WebhookChannel(settings.webhook.url, settings.webhook.shape))
    if settings.apprise:
        found.append(AppriseChannel([url for url in settings.apprise if isinstance(url, Secret)]))
    return found
