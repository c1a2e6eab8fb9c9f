"""One operation of the table as a sub-command: words → values → Webex → lines, JSON or a file."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from phonetui.cli.options import add_json
from phonetui.cli.webex import fields
from phonetui.webex.operations import Operation

if TYPE_CHECKING:
    from phonetui.webex.client import Webex
    from phonetui.webex.operations import Values


class Call:
    """What `phonetui webex GROUP OPERATION` does."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    def declare(self, words: argparse.ArgumentParser) -> None:
        operation = self._operation
        scopes = " ".join(operation.scopes) or "not stated by Cisco"
        number = f"\nnumber {operation.article} of Cisco's article" if operation.article else ""
        screens = f"\non the screen: {', '.join(operation.screens)}" if operation.screens else ""
        words.epilog = f"request: {operation.method} {operation.path}\nscope: {scopes}{number}{screens}"
        fields.declare(words, operation)
        if operation.writes:
            words.add_argument(
                "--yes", action="store_true", help=f"needed where {operation.confirm or 'nothing undoes it'}"
            )
        else:
            words.add_argument("-o", "--output", metavar="FILE", help="write the answer there as JSON, for you alone")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli import output
        from phonetui.cli.webex.session import client, permit
        from phonetui.cli.webex.values import values
        from phonetui.errors import ConfigError
        from phonetui.webex.operations import at_stake

        output.check(getattr(options, "output", None))
        permit(options, self._operation)
        given = values(options, self._operation)
        if (stakes := at_stake(self._operation, given)) and not options.yes:
            raise ConfigError(f"{self._operation.name}: {stakes}", "Add --yes if that is meant")
        found = asyncio.run(asked(lambda: client(options), self._operation, given))
        if options.json:
            from phonetui.cli.lines import compact

            print(compact({"operation": self._operation.name, "result": found}))
        elif getattr(options, "output", None):
            _write(options.output, found)
        else:
            print("\n".join(_lines(self._operation, found)))
        return 0


async def asked(client: Callable[[], "Webex"], operation: Operation, values: "Values") -> Any:
    """The answer's JSON, with the items of all its pages where there may be several."""
    webex = client()
    try:
        if not operation.links or operation.page is None:
            return (await webex.run(operation, values)).value
        return {operation.page: [item async for page in webex.pages(operation, values) for item in page]}
    finally:
        await webex.close()


def _lines(operation: Operation, found: Any) -> list[str]:
    from phonetui.cli.webex.code import large
    from phonetui.cli.webex.lines import leaves, table
    from phonetui.webex.answer import items

    if found is None:
        return ["done"]
    if operation.page is not None:
        return table(items(operation, found), operation.shows) or ["none"]
    if isinstance(found, dict) and "expiryTime" in found and "code" in found:
        return large(found)
    return list(leaves(found))


def _write(file: str, found: Any) -> None:
    """As JSON. Raises ConfigError."""
    import json

    from phonetui.cli import output

    output.write(f"{json.dumps(found, indent=1)}\n", file, "", "json")
