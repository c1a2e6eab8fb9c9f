"""`phonetui webex login | logout | token`: a sign-in that is kept, forgotten, looked at. No token is ever shown.

A QR code in half blocks: two of its rows in one line, dark on light whatever the terminal's colours are.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from phonetui.cli.options import Subcommand, add_json
from phonetui.cli.streams import complain

if TYPE_CHECKING:
    from phonetui.webex.auth import DeviceCode, SignIn
    from phonetui.webex.tokens import Token


class LoginCommand:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = (
            "Needs client_id and client_secret of your own integration in [webex]. Its redirect URIs must hold\n"
            "https://oauth-helper-a.wbx2.com/helperservice/v1/actions/device/callback and the same with -r, -k, -d.\n"
            "With refresh_token (a service app's) nobody is asked. The token is kept in a file of yours alone."
        )
        words.add_argument("--reading", action="store_true", help="ask for no scope that could change anything")

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli import webex_session
        from phonetui.cli.connection import configuration
        from phonetui.config import places
        from phonetui.webex.auth import READING, WRITING
        from phonetui.webex.tokens import TokenStore

        settings = configuration(options).webex
        sign_in = webex_session.sign_in(settings, os.environ)
        scopes = READING if options.reading else settings.scopes or READING + WRITING
        refresh = webex_session.service_app(settings, os.environ)
        token = asyncio.run(sign_in.renew(refresh) if refresh else _invited(sign_in, scopes))
        TokenStore(places.webex()).put(webex_session.key(settings), token)
        print(f"signed in, {_life(token)}")
        return 0


class LogoutCommand:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = "Webex itself lets a token live until its end; idbroker.webex.com revokes it at once."

    def run(self, options: argparse.Namespace) -> int:
        from phonetui.cli import webex_session
        from phonetui.cli.connection import configuration
        from phonetui.config import places
        from phonetui.webex.tokens import TokenStore

        was = TokenStore(places.webex()).drop(webex_session.key(configuration(options).webex))
        print("the sign-in is forgotten" if was else "nobody was signed in")
        return 0


class TokenCommand:
    """`token`."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli import webex_session
        from phonetui.cli.connection import configuration
        from phonetui.cli.json_lines import compact, instant
        from phonetui.cli.webex.call import asked
        from phonetui.cli.webex_session import client
        from phonetui.webex.answer import at, text
        from phonetui.webex.operations import operation

        me = asyncio.run(asked(lambda: client(options), operation("people me"), {}))
        source = webex_session.source(configuration(options), os.environ)  # after the call: it may have been renewed
        token = source.token
        told = {
            "source": source.words,
            "person": text(at(me, "displayName")),
            "organization": text(at(me, "orgId")),
            "expires": instant(token.expires_at) if token and token.expires_at else None,
            "scopes": list(token.scopes) if token else [],
        }
        if options.json:
            print(compact({"operation": "token", "result": told}))
        else:
            print("\n".join(f"{name}: {text(value) or 'unknown'}" for name, value in told.items()))
        return 0


COMMANDS: dict[str, Subcommand] = {"login": LoginCommand(), "logout": LogoutCommand(), "token": TokenCommand()}


async def _invited(sign_in: "SignIn", scopes: tuple[str, ...]) -> "Token":
    invitation = await sign_in.invite(scopes)
    complain("\n".join(_shown(invitation)))
    return await sign_in.token(invitation)


def _shown(invitation: "DeviceCode") -> list[str]:
    """The QR code where standard error is a terminal, and the same in words."""

    code = drawn(invitation.complete) if sys.stderr.isatty() else []
    minutes = invitation.expires_s / 60
    return [*code, f"Open {invitation.address}", f"and enter {invitation.code} within {minutes:.0f} minutes"]


def _life(token: "Token") -> str:
    if token.expires_at is None:
        return "for how long is unknown"
    left = token.expires_at - datetime.now(UTC)
    renewed = "renewed before that" if token.refresh else "then sign in again"
    return f"for {left.total_seconds() / 3600:.0f} hours, {renewed}"


_COLOURS, _PLAIN = "\x1b[30;107m", "\x1b[0m"
_HALVES = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
_QUIET = 4
"""Light modules around it, by ISO/IEC 18004."""


def drawn(text: str) -> list[str]:
    """Lines to be written as they are; none where `text` is too long to be a code."""
    import segno

    try:
        code = segno.make(text, error="l", micro=False)
    except segno.DataOverflowError:
        return []
    rows = [list(row) for row in code.matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [_COLOURS + "".join(_HALVES[module] for module in zip(*pair, strict=True)) + _PLAIN for pair in pairs]
