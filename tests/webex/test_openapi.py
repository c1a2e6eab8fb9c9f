"""Cisco's own OpenAPI file checks what we ask and what the made-up Webex answers, where its path is given.

`PHONETUI_WEBEX_OPENAPI=…/webex-device.json` of github.com/webex/webex-openapi-specs (CC BY 4.0).
"""

import json
import os
from pathlib import Path as File
from typing import Any

import httpx
import pytest

from tests.webex.expected import ROWS, Row, finished_jobs
from tests.webex.fake.site import ADMIN, Fake
from tests.webex.openapi import Description

VARIABLE = "PHONETUI_WEBEX_OPENAPI"

ALLOWED = {
    "plannedMaintenance": "an object in the schema, a text in the example",
    "answer.callingDeviceId": "in the examples, not in the schema",
    "answer.webexDeviceId": "as above",
    "answer.items[].callingDeviceId": "as above",
    "answer.items[].webexDeviceId": "as above",
    "query order": "named in a description alone",
    "answer.target": "of a change-settings job, in the example alone",
    "answer.items[].target": "as above",
    "answer.locationId": "as above",
    "answer.items[].locationId": "as above",
    "answer.percentageComplete": "as above",
    "answer.items[].percentageComplete": "as above",
    "answer.deviceCount": "as above",
    "answer.items[].deviceCount": "as above",
    "answer.maxOwnedDeviceCount": "in some versions of the file",
    "error.message[].location": "`location` in one schema, `locationId` in another",
}
"""Where the file contradicts itself."""


@pytest.fixture(scope="module")
def official() -> Description:
    place = os.environ.get(VARIABLE)
    if not place:
        pytest.skip(f"{VARIABLE} gives no path to Cisco's webex-device.json")
    return Description.of(File(place))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_shapes(official: Description, fake: Fake, row: Row) -> None:
    fake.jobs.all = finished_jobs()
    wrong = official.request(row.method, row.path, row.query, row.body)
    answer = httpx.request(
        row.method,
        fake.base_url + row.path,
        params=row.query,
        content=None if row.body is None else json.dumps(row.body),
        headers={"Authorization": f"Bearer {ADMIN}", "Content-Type": row.content},
        trust_env=False,
    )
    wrong += official.answer(row.method, row.path, answer.status_code, answer.json() if answer.content else None)
    assert [each for each in wrong if not any(f"{place} " in f"{each} " for place in ALLOWED)] == []


SMALL: dict[str, Any] = {
    "paths": {
        "/things/{id}": {
            "put": {
                "parameters": [{"name": "size", "in": "query"}, {"name": "id", "in": "path"}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                },
            }
        },
        "/things/special": {"get": {"responses": {"204": {}}}},
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"type": "string", "enum": ["A", "B"]},
                    "parts": {"type": "array", "items": {"type": "integer"}},
                    "free": {"type": "object"},
                },
            }
        }
    },
}


@pytest.mark.parametrize(
    ("query", "body", "wrong"),
    [
        ((("size", "1"),), {"name": "x", "kind": "A", "parts": [1], "free": {"y": 1}}, []),
        ((), {"name": None}, []),
        ((("colour", "red"),), {}, ["query colour is unknown"]),
        ((), {"nmae": "x"}, ["body.nmae is unknown"]),
        ((), {"name": 1}, ["body.name is no string"]),
        ((), {"kind": "C"}, ["body.kind: 'C' is none of ['A', 'B']"]),
        ((), {"parts": [1, "2", True]}, ["body.parts[] is no integer"] * 2),
    ],
)
def test_the_check_bites(query: tuple[tuple[str, str], ...], body: Any, wrong: list[str]) -> None:
    small = Description(json.dumps(SMALL))
    assert small.request("PUT", "/things/7", query, body) == wrong
    assert small.answer("PUT", "/things/7", 200, body) == [
        each.replace("body", "answer") for each in wrong if not each.startswith("query")
    ]


def test_the_check_knows_what_is_missing() -> None:
    small = Description(json.dumps(SMALL))
    assert small.request("GET", "/other", (), None) == ["GET /other is unknown"]
    assert small.request("GET", "/things/special", (), {"a": 1}) == ["no body is known"]
    assert small.answer("GET", "/things/special", 500, None) == ["status 500 is unknown"]
    assert small.answer("GET", "/things/special", 204, None) == []
