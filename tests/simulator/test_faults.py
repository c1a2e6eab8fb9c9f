"""Each fault answers as it is named."""

import asyncio

import aiohttp
import pytest

from phonetui.simulator.server import Settings, serve
from phonetui.simulator.server_behaviour import FAULTS
from tests.deadlines import EVENTUALLY_S
from tests.live import until

from .sockets import client

QUIET = Settings(phones=2, scenario="quiet")


@pytest.mark.parametrize(
    ("fault", "code", "mark"),
    [
        ("401", 401, ""),
        ("404", 404, "Not Found"),
        ("502", 502, "Bad Gateway"),
        ("503", 503, ""),
        ("dtd", 200, "<!DOCTYPE"),
        ("html", 200, "<html>"),
        ("truncated", 200, "<ProductId>DP-98"),
        ("garbage", 200, ""),
        ("empty", 200, ""),
        ("deep", 200, "<a><a><a>"),
        ("huge", 200, "xxxx"),
    ],
)
async def test_a_fault_that_answers(fault: str, code: int, mark: str) -> None:
    async with serve(QUIET) as office, client() as operator:
        first, second = office.phones
        first.fault = fault
        status, text, headers = await operator.ask(first, "GET", "/getxml?location=/Status/SystemUnit")
        assert status == code
        assert mark in text
        if fault == "503":
            assert headers["Retry-After"] == "2"
        if fault == "huge":
            assert len(text) > 10_000_000
        if fault == "deep":
            assert text.count("<a>") == 200_000
        if fault == "empty":
            assert text == ""
        assert await operator.leaf(second, "/Status/Standby") == "None", "the other phone is well"
        first.fault = None
        assert await operator.leaf(first, "/Status/Standby") == "None"
        assert first.requests[0].account == "xapi"


@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_a_fault_that_never_ends(fault: str) -> None:
    async with serve(QUIET) as office, client() as operator:
        office.phones[0].fault = fault
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await operator.read(office.phones[0], "/Status")
        assert await operator.leaf(office.phones[1], "/Status/Standby") == "None"


async def test_a_hanging_request_does_not_hold_up_the_end() -> None:
    async with client() as operator, asyncio.timeout(EVENTUALLY_S):
        async with serve(QUIET) as office:
            office.phones[0].fault = "hang"
            asking = asyncio.ensure_future(operator.read(office.phones[0], "/Status"))
            await until(lambda: office.phones[0].requests)
        with pytest.raises((aiohttp.ClientError, AssertionError)):
            await asking


async def test_an_unknown_fault() -> None:
    async with serve(QUIET) as office:
        with pytest.raises(ValueError, match="truncated"):
            office.phones[0].fault = "explode"
        assert office.phones[0].fault is None
        assert set(FAULTS) >= {"hang", "html", "empty", "truncated", "huge", "dtd", "deep", "drip"}
