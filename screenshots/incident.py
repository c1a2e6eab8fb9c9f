"""Makes the recorded incident that `phonetui demo --replay` shows: three minutes of a simulated office.

    python -m screenshots.incident

One phone hears bursts of loss over a cable that breaks frames, a call becomes one-way, a phone restarts; between these
all is well. What comes out is `phonetui/recording/incident.ptrec`.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from phonetui.cli.demo import demo_config
from phonetui.config.settings import Config
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId
from phonetui.recording.files import RecordingFiles
from phonetui.recording.recorder import Recorder
from phonetui.simulator.media import PROFILES
from phonetui.simulator.server import ServedOffice, Settings, serve
from phonetui.transport.trust import PinStore

TARGET = Path(__file__).parent.parent / "phonetui/recording/incident.ptrec"
PHONES = 6
DEAF = replace(PROFILES["clean"], to_bad=1.0, to_good=0.0, bad_loss=1.0)
"""Nothing arrives any more."""
NAMES = ("Front desk", "Boardroom", "Support 1", "Support 2", "Warehouse", "Workshop")


async def main() -> None:
    settings = Settings(phones=PHONES, seed=3, scenario="incident", password="phonetui")  # noqa: S106 - simulated
    with TemporaryDirectory() as made:
        files = RecordingFiles(Path(made), run="incident", masked=False, name=TARGET.name)
        recorder = Recorder(files, print)
        async with serve(settings) as office:
            config = demo_config(Config(), tuple(office.phones), read_only=False)
            named = tuple(replace(phone, id=PhoneId(name)) for phone, name in zip(config.phones, NAMES, strict=True))
            fleet = LiveFleet(replace(config, phones=named), pins=PinStore(None), recorder=recorder)
            watching = asyncio.create_task(fleet.run())
            await happen(office)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        recorder.close()
        TARGET.write_bytes((Path(made) / TARGET.name).read_bytes())
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes {recorder.failure}")


async def happen(office: ServedOffice) -> None:
    """In the order of the office's time."""
    for number, name in enumerate(NAMES, 1):
        office.set_name(f"sim-{number}", name)
    await asyncio.sleep(8)
    office.start_call("sim-5", "sim-6")
    await asyncio.sleep(6)
    office.start_call("sim-1", "sim-2")
    await asyncio.sleep(20)
    office.impair("sim-2", "congested")
    await asyncio.sleep(35)
    office.hang_up("sim-1")
    office.start_call("sim-3", "sim-4")
    await asyncio.sleep(20)
    office.impair("sim-4", DEAF)
    await asyncio.sleep(30)
    office.hang_up("sim-3")
    await asyncio.sleep(15)
    office.reboot("sim-6")
    await asyncio.sleep(35)


if __name__ == "__main__":
    asyncio.run(main())
