"""What a jump host wants to know before it lets us in: passphrases, passwords, codes. Asked once a run, kept in memory.

What was typed is never shown and has no place in any repr; one-time codes are not kept.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import asyncssh

from phonetui.text import printable
from phonetui.transport.ssh.config import LoginPrompter

TRIES = 3
"""For one secret, as OpenSSH's client allows."""


class Prompts:
    """The questions of one jump host, and the answers that hold for this run."""

    def __init__(self, jump: str, asking: LoginPrompter | None = None) -> None:
        self.asking = asking
        """None without anybody to ask."""
        self.wanted: str = ""
        """What could not be asked or was not given, in words."""
        self._jump = jump
        self._passphrases: dict[str, str] = {}
        self._password: str | None = None
        self._declined = False

    def failed(self) -> bool:
        """What was typed was wrong, and is forgotten; whether there was anything."""
        had = bool(self._passphrases) or self._password is not None
        self._passphrases.clear()
        self._password = None
        return had

    async def trust(self, words: str) -> bool:
        if self.asking is None or self._declined:
            return False
        believed = await self.asking.trust(self._jump, words)
        self._declined = not believed
        return believed

    async def passphrase(self, file: str) -> str:
        """Empty where nobody gives it: the library then goes on to the next key."""
        if file not in self._passphrases:
            typed = await self._ask(f"Passphrase of the key {Path(file).name}", shown=False)
            if typed is None:
                return ""
            self._passphrases[file] = typed
        return self._passphrases[file]

    async def password(self, user: str) -> str | None:
        if self._password is None:
            self._password = await self._ask(f"Password of {user}", shown=False)
        return self._password

    async def answers(self, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str] | None:
        """To what the server words itself."""
        given = []
        for words, shown in prompts:
            asked = " ".join(part for part in (printable(instructions), printable(words).rstrip(" :")) if part)
            answer = await self._ask(asked, shown=shown)
            if answer is None:
                return None
            given.append(answer)
        return given

    async def _ask(self, words: str, *, shown: bool) -> str | None:
        answer = None
        if self.asking is not None and not self._declined:
            answer = await self.asking.secret(self._jump, words, shown=shown)
            self._declined = answer is None
        if answer is None:
            self.wanted = words
        return answer


class Client(asyncssh.SSHClient):
    """One login: answers the server, and keeps the host key that nobody knew."""

    def __init__(self, prompts: Prompts, user: str) -> None:
        self.reached: Callable[[asyncssh.SSHClientConnection], None] = _nobody
        """Called when there is a connection, on which nobody has said anything yet."""
        self.ended: Callable[[], None] = _nobody
        """Called when the connection is over."""
        self.stranger: asyncssh.SSHKey | None = None
        self._prompts = prompts
        self._user = user
        self._asked = 0
        self._challenged = 0

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.reached(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the library's signature
        self.ended()

    def validate_host_public_key(self, *shown: str | int | asyncssh.SSHKey) -> bool:
        """Host, address, port, key: one that isn't known is looked at after the connection was given up."""
        key = shown[-1]
        self.stranger = key if isinstance(key, asyncssh.SSHKey) else None
        return False

    async def passphrase(self, file: str) -> str:
        return await self._prompts.passphrase(file)

    async def password_auth_requested(self) -> str | None:
        self._asked += 1
        if self._asked > 1:  # the one before was wrong
            self._prompts.failed()
        return await self._prompts.password(self._user) if self._asked <= TRIES else None

    def kbdint_auth_requested(self) -> str | None:
        """Empty: the server chooses what it asks."""
        self._challenged += 1
        return "" if self._challenged <= TRIES else None

    async def kbdint_challenge_received(
        self,
        name: str,
        instructions: str,
        lang: str,  # noqa: ARG002 - as above
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str] | None:
        return await self._prompts.answers(" ".join(filter(None, (name, instructions))), prompts)


def _nobody(*_: object) -> None:
    pass
