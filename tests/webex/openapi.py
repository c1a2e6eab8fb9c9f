"""Holds requests and answers against Cisco's OpenAPI file: names, types, choices, what is required, content types.

Examples in that file break its own schemas here and there, so what is checked is what would be noticed at the other
end: names that nobody there knows, types that are others, words that aren't among the choices, fields and query
parameters that are missing, bodies of a kind that isn't taken.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_ANY_KEY = "configuration_key"
"""The file writes a map's form as a property of this name: it stands for every key."""


class Description:
    def __init__(self, text: str) -> None:
        self._all = json.loads(text)

    @classmethod
    def of(cls, file: File) -> "Description":
        return cls(file.read_text("utf-8"))

    def request(
        self, method: str, path: str, query: tuple[tuple[str, str], ...], body: Any, content_type: str = ""
    ) -> list[str]:
        """What is wrong with a request; empty for nothing. `content_type` is that of the body, empty for any."""
        row = self._row(method, path)
        if row is None:
            return [f"{method} {path} is unknown"]
        parameters = [self._resolved(each) for each in row.get("parameters", [])]
        known = {each["name"]: each for each in parameters if each["in"] == "query"}
        given = {name for name, _ in query}
        wrong = [f"query {name} is unknown" for name, _ in query if name not in known]
        wrong += [
            f"query {name} is missing" for name, each in known.items() if each.get("required") and name not in given
        ]
        described = row.get("requestBody", {})
        contents = described.get("content", {})
        if body is not None and not contents:
            wrong.append("no body is known")
        if body is None and contents and (described.get("required") or method != "GET"):
            wrong.append("body is missing")
        if body is not None and content_type and contents and content_type not in contents:
            wrong.append(f"content type {content_type} is none of {', '.join(contents)}")
        for content in contents.values():
            schema = content.get("schema", {})
            is_patch = isinstance(body, list) and self._resolved(schema).get("type") == "object"
            for each in body if is_patch else (body,):  # JSON Patch: the schema says one, the example many
                wrong += self._wrong(each, schema, "body")
        return wrong

    def answer(self, method: str, path: str, status: int, body: Any, content_type: str = "") -> list[str]:
        """What is wrong with an answer; `content_type` is that of the body, empty for any."""
        row = self._row(method, path)
        if row is None:
            return [f"{method} {path} is unknown"]
        described = row["responses"].get(str(status))
        if described is None:
            return [f"status {status} is unknown"]
        contents = described.get("content", {})
        if body is None:
            return ["answer is missing"] if contents else []
        wrong = []
        if content_type and contents and content_type not in contents:
            wrong.append(f"content type {content_type} is none of {', '.join(contents)}")
        for content in contents.values():
            wrong += self._wrong(body, content.get("schema", {}), "answer")
        return wrong

    def contradictions(self, method: str, path: str) -> frozenset[str]:
        """What would be wrong with the file's own examples of a request and of its answers: nobody can keep to both."""
        row = self._row(method, path) or {"responses": {}}
        contents = [("body", row.get("requestBody", {}))]
        contents += [("answer", each) for status, each in row["responses"].items() if status.startswith("2")]
        found: set[str] = set()
        for where, described in contents:
            for content in described.get("content", {}).values():
                example = content.get("example")
                for each in example if isinstance(example, list) and where == "body" else (example,):
                    found.update(self._wrong(each, content.get("schema", {}), where))
        return frozenset(found)

    def _row(self, method: str, path: str) -> Any:
        """The most literal path that fits: `/devices/settings` before `/devices/{deviceId}`."""
        fitting = [
            (template.count("{"), methods)
            for template, methods in self._all["paths"].items()
            if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path)
        ]
        for _, methods in sorted(fitting, key=lambda each: each[0]):
            if method.lower() in methods:
                return methods[method.lower()]
        return None

    def _resolved(self, schema: Any) -> Any:
        while "$ref" in schema:
            found = self._all
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def _wrong(self, value: Any, schema: Any, where: str) -> Iterator[str]:
        schema = self._resolved(schema)
        for part in schema.get("allOf", ()):
            yield from self._wrong(value, part, where)
        if value is None or "oneOf" in schema or "anyOf" in schema or "allOf" in schema:
            return
        kind = schema.get("type")
        if kind in _TYPES and (not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool))):
            yield f"{where} is no {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of {schema['enum']}"
        if isinstance(value, list):
            for item in value:
                yield from self._wrong(item, schema.get("items", {}), f"{where}[]")
        if isinstance(value, dict):
            yield from self._wrong_object(value, schema, where)

    def _wrong_object(self, value: dict[str, Any], schema: Any, where: str) -> Iterator[str]:
        known = schema.get("properties", {})
        yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inside in value.items():
            if name in known:
                yield from self._wrong(inside, known[name], f"{where}.{name}")
            elif set(known) == {_ANY_KEY}:
                yield from self._wrong(inside, known[_ANY_KEY], f"{where}.*")
            elif known and not schema.get("additionalProperties"):
                yield f"{where}.{name} is unknown"
