"""Some fifty command lines as a new user types them, and all that comes back: read it before it is kept.

`PHONETUI_GOLDENS=write` writes `transcript.txt` anew.
"""

import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from phonetui.cli.webex import jobs, rollout
from tests.cli.conftest import Line
from tests.webex.fake.site import ADMIN, Fake
from tests.webex.fake.world import ident

HERE = Path(__file__).parent
COMMANDS, TRANSCRIPT = HERE / "transcript.commands", HERE / "transcript.txt"


@pytest.mark.slow
def test_what_a_new_user_sees(fake: Fake, line: Line, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHONETUI_WEBEX_TOKEN", ADMIN)
    monkeypatch.setenv("PHONETUI_CONFIG", str(home / "webex.toml"))
    monkeypatch.setattr(rollout, "RATE", 60_000.0)
    monkeypatch.setattr(jobs, "FIRST_S", 0.01)
    monkeypatch.setattr(jobs, "SLOWEST_S", 0.01)
    _office(fake, home)
    lines = [each for each in COMMANDS.read_text().splitlines() if each and not each.startswith("#")]
    assert len(lines) >= 50
    told = []
    for each in lines:
        run = line(*shlex.split(each))
        said = f"{run.out}{run.err}".rstrip("\n")
        told.append(f"$ phonetui {each}\n{said}\n[{run.code}]\n")
    found = "\n".join(told).replace("\r\n", "\n")
    if os.environ.get("PHONETUI_GOLDENS") == "write":
        TRANSCRIPT.write_text(found)
    assert found == TRANSCRIPT.read_text()
    assert "Zq9" not in found


def _office(fake: Fake, home: Path) -> None:
    """Two phones of the lobby, one of the lab, one that is offline, one that no PhoneOS runs; one is ours, too."""
    fake.world.is_live = True
    for number, tags in ((1, ["lobby"]), (2, ["lobby", "north"]), (3, ["lab"])):
        fake.world.devices[ident("DEVICE", number)]["tags"] = tags
    fake.world.devices[ident("DEVICE", 5)]["connectionStatus"] = "disconnected"
    spoil = fake.spoil

    def stepped(value: Any) -> Any:
        fake.jobs.step(50)
        return spoil(value)

    fake.spoil = stepped
    phone = '[[phone]]\nname = "reception"\nhost = "192.0.2.77"\nmac = "02:00:00:00:00:02"\n'
    (home / "webex.toml").write_text(f'[webex]\nbase_url = "{fake.base_url}"\n{phone}')
