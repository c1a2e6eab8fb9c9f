"""A made-up Webex in a thread beside the test, and the program's words for it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from phonetui.simulator.server import ServedOffice, Settings
from phonetui.simulator.server import serve as office
from tests.cli.conftest import Line, Run, home, line  # noqa: F401 - fixtures
from tests.deadlines import EVENTUALLY_S
from tests.webex.fake.site import ADMIN, Fake, serve
from tests.webex.fake.world import ident

Result = TypeVar("Result")


@pytest.fixture(scope="package")
def served() -> Iterator[Fake]:
    loop = asyncio.new_event_loop()
    fake, ready = Fake(loop), threading.Event()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(fake, ready.set, stop)), daemon=True)
    thread.start()
    assert ready.wait(EVENTUALLY_S)
    yield fake
    loop.call_soon_threadsafe(stop.set)
    thread.join(EVENTUALLY_S)
    loop.close()


@pytest.fixture
def fake(served: Fake) -> Fake:
    """As new."""
    served.reset()
    return served


class Behind:
    """Simulated phones that the made-up Webex reaches, in its thread; the test calls them from its own."""

    def __init__(self, fake: Fake, office: ServedOffice) -> None:
        self.fake = fake
        self.office = office
        for number, phone in enumerate(office.phones, 1):
            fake.world.phones[ident("DEVICE", number)] = phone

    def do(self, act: Callable[[ServedOffice], Result]) -> Result:
        async def acted() -> Result:
            return act(self.office)

        return self.fake.run(acted())


@pytest.fixture
def behind(fake: Fake) -> Iterator[Behind]:
    """Two phones that do nothing by themselves, as the organization's first two devices."""
    serving = office(Settings(phones=2, seed=7, scenario="quiet"))
    yield Behind(fake, fake.run(serving.__aenter__()))
    fake.run(serving.__aexit__(None, None, None))


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
