"""A made-up Webex in a thread beside the test, and the program's words for it."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.cli.conftest import Line, Run, home, line  # noqa: F401 - fixtures
from tests.webex.fake.site import ADMIN, Fake, serve


@pytest.fixture(scope="package")
def served() -> Iterator[Fake]:
    fake, ready = Fake(), threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(fake, ready.set, stop)), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield fake
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def fake(served: Fake) -> Fake:
    """As new."""
    served.reset()
    return served


class Words(Protocol):
    def __call__(self, *words: str, token: str | None = ADMIN) -> Run: ...


@pytest.fixture
def webex(fake: Fake, line: Line, home: Path, monkeypatch: pytest.MonkeyPatch) -> Words:  # noqa: F811 - the fixtures
    """`phonetui webex …` against the made-up Webex, with an administrator's token unless said otherwise."""
    file = home / "webex.toml"
    file.write_text(f'[webex]\nbase_url = "{fake.base_url}"\n')

    def webex(*words: str, token: str | None = ADMIN) -> Run:
        if token is None:
            monkeypatch.delenv("PHONETUI_WEBEX_TOKEN", raising=False)
        else:
            monkeypatch.setenv("PHONETUI_WEBEX_TOKEN", token)
        return line("webex", "--config", str(file), *words)

    return webex
