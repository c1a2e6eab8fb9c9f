"""`phonetui webex devices untag DEVICE TAG …`: single tags taken away, which the API's own `remove` cannot do."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from phonetui.cli.options import Subcommand, add_json

if TYPE_CHECKING:
    from phonetui.webex.client import Webex


class UntagDevices:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = "The phone's tags are read right before, and replaced by what is left of them."
        words.add_argument("device", metavar="DEVICE_ID")
        words.add_argument("tags", metavar="TAG", nargs="+")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli.json_lines import compact
        from phonetui.cli.webex_session import client, permit
        from phonetui.webex.operations import operation
        from phonetui.webex.tags import told

        permit(options, operation("devices tag"))
        left = asyncio.run(_left(lambda: client(options), options.device, options.tags))
        if options.json:
            print(compact({"operation": "devices untag", "result": {"tags": left}}))
        else:
            print(f"tags left: {told(left)}")
        return 0


COMMANDS: dict[str, Subcommand] = {"devices untag": UntagDevices()}


async def _left(client: Callable[[], "Webex"], device: str, tags: Sequence[str]) -> list[str]:
    """What the phone keeps. Raises CommandRefused for a tag that it doesn't have."""
    from phonetui.webex.operations import operation
    from phonetui.webex.tags import TagChange, changed

    webex = client()
    try:
        return await changed(
            lambda name, values: webex.run(operation(name), values), device, TagChange(taken=tuple(tags)), strict=True
        )
    finally:
        await webex.close()
