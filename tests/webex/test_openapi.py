"""Cisco's own OpenAPI file checks what we ask and what the made-up Webex answers.

The file lies beside this one (`webex-device.md` says whose it is); `PHONETUI_WEBEX_OPENAPI` names another version of it.
"""

import json
import os
from pathlib import Path as File
from typing import Any

import httpx
import pytest

from tests.webex.expected import DYNAMIC, ROWS, Row, finished_jobs
from tests.webex.fake.site import ADMIN, Fake
from tests.webex.openapi import Description

VARIABLE = "PHONETUI_WEBEX_OPENAPI"

ALLOWED = {
    "plannedMaintenance": "an object in the schema, a text in the example",
    "answer.permissions[]: 'xapi'": "what live answers have for phones",
    "answer.items[].permissions[]: 'xapi'": "as above",
    "query order": "named in a description alone",
    "answer.maxOwnedDeviceCount": "in some versions of the file",
    "sharedLineIndex is missing": "of shared lines alone, by its description and by the examples",
    "answer.items.*.value": "in the examples alone; so are those below in live answers alone",
    "answer.items.*.appliedConfigurationValue": "",
    "answer.items.*.sources.organizationRule": "",
    "answer.items.*.sources.default.value": "",
    "answer.items.*.sources.configured.value": "",
    "answer.items.*.sources.default.level": "",
    "answer.items.*.sources.configured.level": "",
    "answer.items.*.source: 'organizationRule'": "",
    "answer.items.*.sources.configured.editability.reason: 'CONFIG_MANAGED_BY_RULE'": "",
    "answer.error.key": "the schema has the words themselves there, the examples of its siblings a list of messages",
    "answer.error.message": "as above",
    "error.message[].location": "`location` in one schema, `locationId` in another",
    "answer.jobExecutionStatus[].startTime": "of a job that changes settings, in the example of their listing alone",
    "answer.jobExecutionStatus[].stepExecutionStatuses": "as above",
    "answer.deviceCount": "of a job that changes settings, in the example of their listing alone",
    "answer.jobType is missing": "the example has it, the schema of the others doesn't",
}
"""Where the file contradicts itself otherwise than in the example beside a schema, or what live answers say."""


@pytest.fixture(scope="module")
def official() -> Description:
    return Description.of(File(os.environ.get(VARIABLE) or File(__file__).with_name("webex-device.json")))


@pytest.mark.parametrize("row", [*ROWS, *DYNAMIC], ids=lambda row: str(row.number))
def test_shapes(official: Description, fake: Fake, row: Row) -> None:
    fake.jobs.all = finished_jobs()
    wrong = official.request(row.method, row.path, row.query, row.body, row.content)
    answer = httpx.request(
        row.method,
        fake.base_url + row.path,
        params=row.query,
        content=None if row.body is None else json.dumps(row.body),
        headers={"Authorization": f"Bearer {ADMIN}", "Content-Type": row.content},
        trust_env=False,
    )
    kind = answer.headers.get("Content-Type", "")
    wrong += official.answer(row.method, row.path, answer.status_code, answer.json() if answer.content else None, kind)
    assert _left(wrong, official.contradictions(row.method, row.path)) == []


def _left(wrong: list[str], contradictions: frozenset[str]) -> list[str]:
    return sorted(
        {
            each
            for each in wrong
            if each not in contradictions and not any(f"{place} " in f"{each} " for place in ALLOWED)
        }
    )


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


STRICT: dict[str, Any] = {
    "paths": {
        "/things": {
            "post": {
                "parameters": [{"name": "size", "in": "query", "required": True}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "map": {"properties": {"configuration_key": {"type": "string"}}},
                                },
                            },
                            "example": {"nmae": 1},
                        }
                    },
                },
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
            }
        }
    }
}


@pytest.mark.parametrize(
    ("query", "body", "kind", "wrong"),
    [
        ((("size", "1"),), {"name": "x", "map": {"a.b": "c"}}, "application/json", []),
        ((("size", "1"),), {"name": "x", "map": {"a.b": 1}}, "", ["body.map.* is no string"]),
        ((), {"name": "x"}, "", ["query size is missing"]),
        ((("size", "1"),), {}, "", ["body.name is missing"]),
        ((("size", "1"),), None, "", ["body is missing"]),
        ((("size", "1"),), {"name": "x"}, "text/plain", ["content type text/plain is none of application/json"]),
    ],
)
def test_what_is_required_and_of_which_kind(
    query: tuple[tuple[str, str], ...], body: Any, kind: str, wrong: list[str]
) -> None:
    assert Description(json.dumps(STRICT)).request("POST", "/things", query, body, kind) == wrong


def test_answers_have_a_kind_too_and_examples_that_break_their_schema_are_known() -> None:
    strict = Description(json.dumps(STRICT))
    assert strict.answer("POST", "/things", 200, {}, "text/html") == [
        "content type text/html is none of application/json"
    ]
    assert strict.answer("POST", "/things", 200, None) == ["answer is missing"]
    assert strict.contradictions("POST", "/things") == {"body.name is missing", "body.nmae is unknown"}


def test_the_check_knows_what_is_missing() -> None:
    small = Description(json.dumps(SMALL))
    assert small.request("GET", "/other", (), None) == ["GET /other is unknown"]
    assert small.request("GET", "/things/special", (), {"a": 1}) == ["no body is known"]
    assert small.answer("GET", "/things/special", 500, None) == ["status 500 is unknown"]
    assert small.answer("GET", "/things/special", 204, None) == []
