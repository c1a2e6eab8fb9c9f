"""The client against the made-up Webex: pages, pauses, refusals, and the two ids of a phone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from phonetui.errors import AccessError, Busy, CommandRefused, ConfigError, Dropped, ProtocolError, Unreachable
from phonetui.webex.answer import WebexNotFound
from phonetui.webex.auth import FixedToken
from phonetui.webex.client import WebexClient
from phonetui.webex.operations import operation, operations
from tests.webex.expected import DEVICE
from tests.webex.fake.site import ADMIN, Fake, Trouble
from tests.webex.fake.world import ORG, device, ident

DEVICES, GET, DELETE, LAYOUT = map(operation, ("devices list", "devices get", "devices delete", "layouts get"))


def client(fake: Fake, **fields: Any) -> WebexClient:
    return WebexClient(fake.base_url, FixedToken(ADMIN), **fields)


@pytest.fixture
async def webex(fake: Fake) -> AsyncIterator[WebexClient]:
    webex = client(fake)
    yield webex
    await webex.close()


async def test_pages_one_after_another(fake: Fake, webex: WebexClient) -> None:
    fake.page_size = 2
    sizes = [len(page) async for page in webex.pages(DEVICES, {"type": "phone"})]
    assert sizes == [2, 2, 1]
    assert fake.seen[2].query == (("type", "phone"), ("start", "4"), ("max", "2"))


async def test_the_first_page_is_there_before_the_second_is_asked_for(fake: Fake, webex: WebexClient) -> None:
    fake.page_size = 2
    pages = webex.pages(DEVICES, {})
    first = await anext(pages)
    assert (len(first), len(fake.seen)) == (2, 1)
    await pages.aclose()  # type: ignore[attr-defined]  # it is a generator


@pytest.mark.parametrize("place", ["https://evil.example.com/v1/devices", "http://127.0.0.1:1/v1/devices", "//evil/x"])
async def test_a_link_to_another_place_is_not_followed(fake: Fake, webex: WebexClient, place: str) -> None:
    fake.page_size, fake.elsewhere = 2, place
    with pytest.raises(ProtocolError, match="another place"):
        [page async for page in webex.pages(DEVICES, {})]
    assert len(fake.seen) == 1


async def test_an_item_that_cannot_be_read_is_handed_on(fake: Fake, webex: WebexClient) -> None:
    """Whoever shows it marks it; the others are not lost."""
    fake.world.devices |= {"odd": "not an object", "none": None, "null": device(9, mac=None, tags=None, new={"a": 1})}
    (page,) = [page async for page in webex.pages(DEVICES, {})]  # no filter looks into them
    assert len(page) == 8
    assert page[5] == "not an object"


async def test_a_pause_is_for_all_and_is_said_once(fake: Fake) -> None:
    said: list[str] = []
    webex = client(fake, notice=said.append)
    fake.trouble = [Trouble(429, headers={"Retry-After": "7"})]
    for what in (GET, LAYOUT):
        with pytest.raises(Busy) as caught:
            await webex.run(what, {"deviceId": DEVICE})
        assert caught.value.retry_after_s is not None
        assert 6 < caught.value.retry_after_s < 8
    assert len(fake.seen) == 1, "the second is not even asked"
    assert said == ["Webex asks to wait 7 s"]
    assert 6 < webex.paused_s < 8
    await webex.close()


@pytest.mark.parametrize("status", [423, 429])
async def test_who_is_patient_waits_and_goes_on(fake: Fake, status: int) -> None:
    webex = client(fake, patience_s=5)
    fake.trouble = [Trouble(status, headers={"Retry-After": "0"}, times=2)]
    answer = await webex.run(GET, {"deviceId": DEVICE})
    assert answer.value["id"] == DEVICE
    assert [each.status for each in fake.seen] == [status, status, 200]
    await webex.close()


async def test_a_token_is_renewed_once_for_a_question(fake: Fake) -> None:
    class Optimist(FixedToken):
        async def renewed(self) -> bool:
            return True

    webex = WebexClient(fake.base_url, Optimist("old"))
    with pytest.raises(AccessError, match="doesn't accept"):
        await webex.run(GET, {"deviceId": DEVICE})
    assert len(fake.seen) == 2
    await webex.close()


async def test_patience_ends(fake: Fake) -> None:
    webex = client(fake, patience_s=5)
    fake.trouble = [Trouble(429, headers={"Retry-After": "0"}, times=99)]
    with pytest.raises(Busy):
        await webex.run(GET, {"deviceId": DEVICE})
    assert len(fake.seen) == 6
    await webex.close()


async def test_locked_without_a_time_is_a_refusal(fake: Fake, webex: WebexClient) -> None:
    fake.trouble = [Trouble(423)]
    with pytest.raises(CommandRefused, match="423"):
        await webex.run(GET, {"deviceId": DEVICE})
    assert webex.paused_s == 0


FORMS = [
    (b'{"message": "general", "errors": [{"description": "exact"}], "trackingId": "T_1"}', "exact", "T_1"),
    (b'{"error": [{"key": "400", "message": [{"description": "in calling form"}]}], "trackingId": "T_2"}',
     "in calling form", "T_2"),
    (b'{"error": "invalid_grant", "error_description": "in OAuth form"}', "in OAuth form", "FAKE_00000001"),
    (b"<html>Bad gateway</html>", "HTTP 400", "FAKE_00000001"),
    (b'["?"]', "HTTP 400", "FAKE_00000001"),
    (b'{"message": "a\x1b]0;b", "errors": "?"}', "HTTP 400", "FAKE_00000001"),
    (b'{"message": "a\\u001b[2Jb", "errors": "?"}', "a\N{REPLACEMENT CHARACTER}[2Jb", "FAKE_00000001"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said", "tracking"), FORMS)
async def test_four_forms_of_an_error(fake: Fake, webex: WebexClient, body: bytes, said: str, tracking: str) -> None:
    fake.trouble = [Trouble(400, body=body)]
    with pytest.raises(CommandRefused) as caught:
        await webex.run(GET, {"deviceId": DEVICE})
    assert said in caught.value.message
    assert caught.value.reference == tracking


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (401, AccessError, "webex login"),
        (403, AccessError, "spark-admin:devices_write is missing"),
        (409, CommandRefused, "wait"),
        (500, Dropped, "later"),
        (504, Dropped, "--max"),
        (302, ProtocolError, "base_url"),
    ],
)
async def test_what_to_try(fake: Fake, webex: WebexClient, status: int, kind: type[Exception], hint: str) -> None:
    fake.trouble = [Trouble(status)]
    with pytest.raises(kind) as caught:
        await webex.run(DELETE, {"deviceId": DEVICE})
    assert hint in caught.value.hint  # type: ignore[attr-defined]  # all three are ours


async def test_a_phone_is_looked_for_under_its_other_id_once(fake: Fake, webex: WebexClient) -> None:
    fake.world.only_calling = True
    other = ident("CALLING_DEVICE", 1)
    for _ in range(2):
        assert (await webex.run(LAYOUT, {"deviceId": DEVICE})).value["layoutMode"] == "CUSTOM"
    (members,) = [page async for page in webex.pages(operation("members search"), {"deviceId": DEVICE})]
    assert members
    assert [each.path.split("/")[4] for each in fake.seen] == [DEVICE, other, other, other]
    with pytest.raises(WebexNotFound):
        await webex.run(LAYOUT, {"deviceId": ident("DEVICE", 77)})
    assert len(fake.seen) == 6
    with pytest.raises(WebexNotFound):
        await webex.run(GET, {"deviceId": ident("DEVICE", 77)})
    assert len(fake.seen) == 7, "/devices knows one kind of id alone"


async def test_the_organization_goes_along(fake: Fake) -> None:
    webex = client(fake, org=ORG)
    await webex.run(GET, {"deviceId": DEVICE})
    assert fake.last.query == (("orgId", ORG),)
    await webex.close()


async def test_read_only_sends_no_write_whatever_it_is(fake: Fake) -> None:
    webex = client(fake, read_only=True)
    for each in operations().values():
        if each.writes:
            with pytest.raises(AccessError, match="read-only"):
                await webex.run(each, {})
    assert fake.seen == []
    await webex.close()


async def test_an_answer_has_a_limit(fake: Fake, webex: WebexClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.webex.client.MAX_BODY", 100)
    with pytest.raises(ProtocolError, match="more than"):
        await webex.run(GET, {"deviceId": DEVICE})


async def test_what_is_no_json(fake: Fake, webex: WebexClient) -> None:
    for body in (b"<html>", b"\xff", b"[" * 100_000):
        fake.trouble = [Trouble(200, body=body)]
        with pytest.raises(ProtocolError, match="no JSON"):
            await webex.run(GET, {"deviceId": DEVICE})


async def test_nobody_there() -> None:
    webex = WebexClient("http://127.0.0.1:9/v1", FixedToken(ADMIN))
    with pytest.raises(Unreachable, match="cannot be reached"):
        await webex.run(GET, {"deviceId": DEVICE})
    await webex.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://webexapis.com/v1",
        "ftp://127.0.0.1",
        "webexapis.com",
        "https://u:p@webexapis.com",
        "https://",
        "https://x:y/",
    ],
)
def test_where_no_token_is_sent(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        WebexClient(url, FixedToken(ADMIN))
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://api-usgov.webex.com/v1/", "http://127.0.0.1:1/v1", "http://[::1]/", "http://localhost"]
)
def test_where_it_may_be_sent(url: str) -> None:
    assert WebexClient(url, FixedToken(ADMIN)).paused_s == 0
