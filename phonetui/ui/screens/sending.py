"""A typed command on its way to a phone, and its answer as it is noted."""

import asyncio
from dataclasses import replace

from phonetui.errors import CommandRefused, PhonetuiError
from phonetui.phone.state import PhoneId
from phonetui.ui import attachment, certificates
from phonetui.ui.commandline import Typed
from phonetui.ui.panes.transcript import Exchange, Fate
from phonetui.ui.session import Session
from phonetui.xapi.command import CommandResult
from phonetui.xapi.notation import answer_lines
from phonetui.xapi.path import Path
from phonetui.xapi.schema import is_cloud_only

WEBEX = "needs the Webex transport: this command is published for the cloud's xAPI alone"
_SHOW = Path.of("Security", "Certificates", "CA", "Show")


async def sent(
    session: Session, phone: PhoneId, typed: Typed, exchange: Exchange, *, confirmed: bool = False
) -> Exchange:
    """`exchange` with what became of it; never raises a PhonetuiError.

    `confirmed`: the operator said yes to this very command.
    """
    command = typed.command
    try:
        if typed.file is not None:
            command = replace(command, body=await asyncio.to_thread(attachment.read, typed.file))
    except PhonetuiError as error:
        return replace(exchange, fate=Fate.NOT_SENT, words=str(error))
    try:
        if session.trees is None:
            return replace(exchange, fate=Fate.NOT_SENT, words="commands are not offered here")
        answer = await session.trees.command(phone, command, confirmed=confirmed)
    except PhonetuiError as error:
        refused = isinstance(error, CommandRefused)
        hints = (*error.sentences[1:], WEBEX if refused and is_cloud_only(command.path) else "")
        return replace(
            exchange,
            fate=Fate.REFUSED if refused else Fate.FAILED,
            words=error.message,
            explained=tuple(f"→ {hint}" for hint in hints if hint),
            answer=error.block if isinstance(error, CommandRefused) else (),
        )
    explained = certificates.told(answer.document, session.clock.now()) if command.path == _SHOW else ()
    return replace(exchange, fate=Fate.DONE, answer=_lines(answer), explained=(*explained, *_picture(answer)))


def _lines(answer: CommandResult) -> tuple[str, ...]:
    return tuple(answer_lines(answer.name, answer.document))


def _picture(answer: CommandResult) -> tuple[str, ...]:
    if answer.image is None:
        return ()
    return (f"a picture of {len(answer.image):,} bytes: `phonetui screenshot` writes it to a file",)
