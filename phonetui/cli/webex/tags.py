"""`phonetui webex devices untag DEVICE TAG …`: single tags taken away, which the API's own `remove` cannot do."""

import argparse
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from phonetui.cli.options import Command, add_json

if TYPE_CHECKING:
    from phonetui.webex.client import Webex


class Untag:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = "The phone's tags are read right before, and replaced by what is left of them."
        words.add_argument("device", metavar="DEVICE_ID")
        words.add_argument("tags", metavar="TAG", nargs="+")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli.lines import compact
        from phonetui.cli.webex.session import client, permit
        from phonetui.webex.answer import text
        from phonetui.webex.operation import operation

        permit(options, operation("devices tag"))
        left = asyncio.run(_left(lambda: client(options), options.device, set(options.tags)))
        if options.json:
            print(compact({"operation": "devices untag", "result": {"tags": left}}))
        else:
            print(f"tags left: {text(left) or 'none'}")
        return 0


COMMANDS: dict[str, Command] = {"devices untag": Untag()}


async def _left(client: Callable[[], "Webex"], device: str, tags: Collection[str]) -> list[Any]:
    """What the phone keeps. Raises CommandRefused for a tag that it doesn't have."""
    from phonetui.errors import CommandRefused
    from phonetui.webex.answer import at, text
    from phonetui.webex.operation import operation

    webex = client()
    try:
        answer = await webex.run(operation("devices get"), {"deviceId": device})
        had = at(answer.value, "tags") or []
        if missing := sorted(set(tags) - set(map(str, had))):
            raise CommandRefused(f"the phone has no tag {text(missing)}", f"It has: {text(had) or 'none'}")
        left = [tag for tag in had if tag not in tags]
        await webex.run(operation("devices tag"), {"deviceId": device, "op": "replace", "value": left})
        return left
    finally:
        await webex.close()
