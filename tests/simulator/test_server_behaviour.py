"""Web servers that are well but not easy: slow, strict, asleep."""

import asyncio
import time

import aiohttp
import pytest

from phonetui.simulator.server import Settings, serve
from phonetui.xapi.path import Path
from tests.deadlines import EVENTUALLY_S
from tests.live import until

from .sockets import client, receiver

QUIET = Settings(phones=2, scenario="quiet", speed=50)


async def test_slow() -> None:
    async with serve(QUIET) as office, client() as operator:
        office.phones[0].behaviour.slow_s = 0.04
        began = time.monotonic()
        assert await operator.leaf(office.phones[0], "/Status/Standby") == "None"
        assert time.monotonic() - began >= 0.04


async def test_a_limit_of_requests() -> None:
    async with serve(QUIET) as office, client() as operator:
        phone = office.phones[0]
        phone.behaviour.requests_per_s = 3
        answers = [await operator.ask(phone, "GET", "/status.xml") for _ in range(4)]
        assert [status for status, _, _ in answers] == [200, 200, 200, 503]
        assert answers[3][2]["Retry-After"] == "2"
        phone.behaviour.requests_per_s = 0
        assert (await operator.ask(phone, "GET", "/status.xml"))[0] == 200


async def test_without_sessions() -> None:
    async with serve(QUIET) as office, client() as operator:
        office.phones[0].behaviour.sessions = False
        assert (await operator.ask(office.phones[0], "POST", "/xmlapi/session/begin"))[0] == 404


async def test_plain_ports_are_there_when_asked_for() -> None:
    async with serve(QUIET) as office:
        assert [phone.plain_url for phone in office.phones] == ["", ""]
    async with serve(Settings(phones=2, scenario="quiet", plain=True)) as office, client() as operator:
        phone = office.phones[0]
        headers = {"Authorization": "Basic eGFwaTpwaG9uZXR1aQ=="}
        async with operator.session.get(phone.plain_url + "/getxml?location=/Status", headers=headers) as answer:
            assert answer.status == 200
        before = phone.plain_url
        await phone.refuse()
        await phone.accept()
        assert phone.plain_url == before


async def test_deep_sleep_is_silence() -> None:
    timeout = aiohttp.ClientTimeout(connect=0.04)
    async with serve(QUIET) as office, client() as operator, receiver() as taking:
        phone = office.phones[0]
        await operator.run(
            phone, "HttpFeedback Register", FeedbackSlot="1", ServerUrl=taking.url, Expression="/Status/LEDStatus"
        )
        await phone.sleep()
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for _ in range(2):
                with pytest.raises(TimeoutError):
                    await session.get(phone.url, ssl=operator.tls)
        office.set_value("sim-1", "LEDStatus MuteLEDColor", "Red")
        await phone.wake()
        assert await operator.leaf(phone, "/Status/Standby") == "None"
        office.set_value("sim-1", "LEDStatus MuteLEDColor", "Green")
        await until(lambda: taking.bodies)
        assert taking.values("MuteLEDColor") == ["Green"], "what happened in its sleep is lost"


async def test_an_office_may_end_with_a_phone_asleep() -> None:
    async with asyncio.timeout(EVENTUALLY_S):
        async with serve(QUIET) as office:
            await office.phones[0].sleep()


async def test_error_answers_may_be_tried_again() -> None:
    async with serve(QUIET) as office, client() as operator, receiver() as taking:
        phone = office.phones[0]
        phone.feedback.persist = True
        await operator.run(
            phone, "HttpFeedback Register", FeedbackSlot="1", ServerUrl=taking.url, Expression="/Status/LEDStatus"
        )
        taking.script = [500, 404]
        office.set_value("sim-1", "LEDStatus MuteLEDColor", "Red")
        await until(lambda: len(taking.bodies) == 3)
        assert phone.tree[Path.parse("HttpFeedback 1 Status")] == "OK"


@pytest.mark.parametrize(
    ("form", "mark"),
    [
        ("XML", '<TlsVerify valueSpaceRef="/Valuespace/TTPAR_OnOff">Off</TlsVerify>'),
        ("JSON", '{"Configuration": {"HttpFeedback": {"TlsVerify": {"Value": "Off"}}'),
    ],
)
async def test_settings_are_posted(form: str, mark: str) -> None:
    document = "<Configuration><HttpFeedback><TlsVerify>off</TlsVerify></HttpFeedback></Configuration>"
    async with serve(QUIET) as office, client() as operator, receiver() as taking:
        await operator.run(
            office.phones[0],
            "HttpFeedback Register",
            FeedbackSlot="1",
            ServerUrl=taking.url,
            Format=form,
            Expression="/Configuration",
        )
        for _ in range(2):
            await operator.ask(office.phones[0], "POST", "/putxml", body=document)
        office.set_value("sim-1", "Standby Level", "DisplayOff")
        await until(lambda: taking.bodies)
        assert len(taking.bodies) == 1
        assert mark in taking.texts[0]


async def test_only_the_administrator_sets() -> None:
    document = "<Configuration><HttpFeedback><TlsVerify>Off</TlsVerify></HttpFeedback></Configuration>"
    async with serve(QUIET) as office, client(("user", "phonetui")) as guest:
        _, text, _ = await guest.ask(office.phones[0], "POST", "/putxml", body=document)
        assert '<Configuration status="Error">' in text
        assert "<Reason>Insufficient permission</Reason>" in text
        assert "<XPath>Configuration/HttpFeedback/TlsVerify</XPath>" in text
