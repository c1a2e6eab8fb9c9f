"""Rewrites XML and HTML in place: a function changes each text and attribute value, the rest stays byte for byte.

Not a parser: what is broken stays broken in the same way, and what is whole stays whole, because a new text is escaped.

Pictures in answers: recognised, described, and replaced, since nobody can redact a screen.
"""

import base64
import binascii
import html
import re
import struct
from collections.abc import Callable

from msgspec import Struct

from phonetui import numeric
from phonetui.xapi.path import Path

_PIECE = re.compile(
    r"(?P<comment><!--.*?-->)|(?P<cdata><!\[CDATA\[.*?\]\]>)|(?P<other><[!?][^>]*>)"
    r"|(?P<tag></?[A-Za-z_](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>)|(?P<text>[^<]+|<)",
    re.DOTALL,
)
_NAME = re.compile(r"</?([^\s/>]+)")
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)(\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr"}
)
MAX_DEPTH = 64


class MarkupPlace(Struct, frozen=True):
    """Where a text stands."""

    root: str
    """The document's name, without a namespace."""
    path: Path
    """Below the root, with items as indices."""


TextChange = Callable[[MarkupPlace, str], str]
AttributeChange = Callable[[MarkupPlace, str, str], str]
"""Its arguments: place, name, value."""


def rewrite(source: str, text: TextChange, attribute: AttributeChange) -> str:
    """`text` is given unescaped texts, `attribute` names and unescaped values; what they return unchanged stays."""
    walk = _Walk(text, attribute)
    return "".join(walk.piece(match) for match in _PIECE.finditer(source))


class _Walk:
    def __init__(self, text: TextChange, attribute: AttributeChange) -> None:
        self._text = text
        self._attribute = attribute
        self._open: list[tuple[str, int | None]] = []

    def piece(self, match: re.Match[str]) -> str:
        raw = match[0]
        match match.lastgroup:
            case "comment":
                return f"<!--{self._text(self._place, raw[4:-3])}-->"
            case "cdata":
                return f"<![CDATA[{self._text(self._place, raw[9:-3])}]]>"
            case "other":
                return (
                    raw if raw.startswith("<?xml") else raw[:2] + self._text(MarkupPlace("", Path()), raw[2:-1]) + ">"
                )
            case "tag":
                return self._tag(raw)
        return self._changed(raw, lambda plain: self._text(self._place, plain))

    @property
    def _place(self) -> MarkupPlace:
        steps: list[str | int] = []
        for name, item in self._open[1:]:
            steps.append(name)
            if item is not None:
                steps.append(item)
        return MarkupPlace(self._open[0][0] if self._open else "", Path(steps))

    def _tag(self, raw: str) -> str:
        named = _NAME.match(raw)
        name = (named[1] if named else "").rpartition(":")[2]
        if raw.startswith("</"):
            self._close(name)
            return raw
        head = named[0] if named else raw[:1]
        items = [value for key, _, value in _ATTRIBUTE.findall(raw[len(head) :]) if key == "item"]
        item = items[0].strip("\"'") if items else ""
        if len(self._open) < MAX_DEPTH:
            self._open.append((name, numeric.integer(item, most=numeric.MAX_INDEX)))
        place = self._place
        rest = _ATTRIBUTE.sub(lambda found: self._value(place, found), raw[len(head) :])
        if raw.endswith("/>") or name.lower() in _VOID:
            self._close(name)
        return head + rest

    def _close(self, name: str) -> None:
        """Also what was left open below it, as pages do."""
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth][0] == name:
                del self._open[depth:]
                return

    def _value(self, place: MarkupPlace, found: re.Match[str]) -> str:
        name, equals, raw = found.groups()
        quote = raw[0] if raw[0] in "\"'" else ""
        inner = raw[1:-1] if quote else raw
        changed = self._changed(inner, lambda plain: self._attribute(place, name, plain))
        return f"{name}{equals}{quote}{changed}{quote}"

    @staticmethod
    def _changed(raw: str, change: Callable[[str], str]) -> str:
        """Escaped anew only where it changed: how the phone escapes is worth keeping."""
        plain = html.unescape(raw) if "&" in raw else raw
        changed = change(plain)
        return raw if changed == plain else html.escape(changed)


BLANK = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel, in base64."""

_BASE64 = re.compile(r"\s*(?:data:[\w/.+-]+;base64,)?[A-Za-z0-9+/\s]{64,}={0,2}\s*")
_MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"BM", "bmp"), (b"GIF8", "gif"), (b"RIFF", "webp"))


def picture_format(data: bytes) -> str:
    """`png 800x480`, or what is known of it; empty where it is no picture."""
    kind = next((name for magic, name in _MAGIC if data.startswith(magic)), "")
    if kind == "png" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return f"png {width}x{height}"
    return kind


def base64_format(text: str) -> str | None:
    """The description of the data that the text is made of, such as `png 800x480`; None where it isn't base64."""
    if len(text) < 64 or not _BASE64.fullmatch(text):
        return None
    try:
        data = base64.b64decode("".join(text.rpartition(",")[2].split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return picture_format(data) or "data"
