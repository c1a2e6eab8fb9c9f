"""Holds requests and answers against Cisco's OpenAPI file: names, types, choices.

Examples in that file break its own schemas here and there, so what is checked is what would be noticed at the other
end: names that nobody there knows, types that are others, words that aren't among the choices.
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


class Description:
    def __init__(self, text: str) -> None:
        self._all = json.loads(text)

    @classmethod
    def of(cls, file: File) -> "Description":
        return cls(file.read_text("utf-8"))

    def request(self, method: str, path: str, query: tuple[tuple[str, str], ...], body: Any) -> list[str]:
        """What is wrong with a request; empty for nothing."""
        row = self._row(method, path)
        if row is None:
            return [f"{method} {path} is unknown"]
        known = {
            self._resolved(each)["name"] for each in row.get("parameters", []) if self._resolved(each)["in"] == "query"
        }
        wrong = [f"query {name} is unknown" for name, _ in query if name not in known]
        contents = row.get("requestBody", {}).get("content", {})
        if body is not None and not contents:
            wrong.append("no body is known")
        for content in contents.values():
            schema = content.get("schema", {})
            described = body[0] if isinstance(body, list) and self._resolved(schema).get("type") == "object" else body
            wrong += self._wrong(described, schema, "body")  # JSON Patch: the schema says one, the example many
        return wrong

    def answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer."""
        row = self._row(method, path)
        if row is None:
            return [f"{method} {path} is unknown"]
        described = row["responses"].get(str(status))
        if described is None:
            return [f"status {status} is unknown"]
        schemas = [content.get("schema", {}) for content in described.get("content", {}).values()]
        return [each for schema in schemas if body is not None for each in self._wrong(body, schema, "answer")]

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
        if isinstance(value, dict) and "properties" in schema:
            for name, inside in value.items():
                if name in schema["properties"]:
                    yield from self._wrong(inside, schema["properties"][name], f"{where}.{name}")
                elif not schema.get("additionalProperties"):
                    yield f"{where}.{name} is unknown"
