"""Letting go of a connection to a phone, whatever state it is in."""

import asyncio
import logging

from phonetui.phone.state import PhoneId
from phonetui.transport.base import Transport

CLOSE_S = 2.0
"""For giving the feedback slot back on the way out."""

_log = logging.getLogger(__name__)


async def close(transport: Transport, phone: PhoneId) -> None:
    """Never raises, and takes `CLOSE_S` at most."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await transport.close()
    except TimeoutError:
        _log.info("%s: did not answer when its feedback slot was given back", phone)
    except Exception:  # noqa: BLE001 - the connection is let go of either way, and other phones go on
        _log.exception("%s: fault in the program, in closing its connection", phone)
