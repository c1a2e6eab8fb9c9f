"""A push can bring values of its own phone alone."""

import httpx

from phonetui.phone.state import PhoneId
from phonetui.xapi.path import Path
from tests.live import live, served, until

ONE, TWO = PhoneId("sim-1"), PhoneId("sim-2")
LEVEL, URL, MAC = (
    Path.parse(place) for place in ("Standby Level", "HttpFeedback 4 URL", "SystemUnit Hardware Module MACAddress")
)


def body(level: str, mac: str | None) -> str:
    sender = f"<Identification><MACAddress>{mac}</MACAddress></Identification>" if mac else ""
    return f"<Status>{sender}<Standby><Level>{level}</Level></Standby></Status>"


async def test_whose_values_a_push_brings_is_decided_by_its_path_and_refused_in_another_name() -> None:
    async with served(2) as office, live(office, transport="http") as watched:
        fleet = watched.fleet
        await until(lambda: all(fleet.document(phone).get(URL) for phone in (ONE, TWO)))
        await until(lambda: all(fleet.document(phone).get(MAC) for phone in (ONE, TWO)))
        url, other = str(fleet.document(ONE).get(URL)), str(fleet.document(TWO).get(MAC))
        async with httpx.AsyncClient(trust_env=False) as client:

            async def push(level: str, mac: str | None) -> None:
                assert (await client.post(url, content=body(level, mac))).status_code == 200

            heard = watched.reports
            await push("Forged", other)
            await push("Forged", other)
            await push("Own", str(fleet.document(ONE).get(MAC)))
            await push("Nameless", None)
            await until(lambda: any(getattr(report, "value", None) == "Nameless" for report in heard))
        told = [(report.phone, report.value) for report in heard if getattr(report, "path", None) == LEVEL]  # type: ignore[union-attr]
        assert (ONE, "Own") in told
        assert "Forged" not in {value for _, value in told}
        assert TWO not in {phone for phone, value in told if value in ("Own", "Nameless")}
        notes = [entry for entry in fleet.entries if f"another phone, {other}, is left out" in entry.text]
        assert [entry.phone for entry in notes] == [ONE]
