"""A QR code in half blocks: two of its rows in one line, dark on light whatever the terminal's colours are."""

_COLOURS, _PLAIN = "\x1b[30;107m", "\x1b[0m"
_HALVES = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
_QUIET = 4
"""Light modules around it, by ISO/IEC 18004."""


def drawn(text: str) -> list[str]:
    """Lines to be written as they are; none where `text` is too long to be a code."""
    import segno

    try:
        code = segno.make(text, error="l", micro=False)
    except segno.DataOverflowError:
        return []
    rows = [list(row) for row in code.matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [_COLOURS + "".join(_HALVES[module] for module in zip(*pair, strict=True)) + _PLAIN for pair in pairs]
