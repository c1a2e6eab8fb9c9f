"""What is wrong with lines: registration, and a message light that says something else than the mailbox."""

from collections.abc import Iterator

from phonetui.phone.alert import AlertId, Severity, Trouble
from phonetui.phone.capacity import LINES
from phonetui.phone.readings import is_registering
from phonetui.phone.state import Cadence, Line, Phase, Phone
from phonetui.text import printable

BOOT_S = 120.0
"""How long after its start a phone may take to register."""
EVERY_LINE = "every line"


def assess(phone: Phone, registered: frozenset[int]) -> tuple[tuple[Trouble, ...], frozenset[int]]:
    """What is wrong with the phone's lines; `registered` are those seen registered so far, and so is what returns."""
    now = {line.index for line in phone.lines}
    known = registered if len(registered) <= LINES else registered & now
    seen = known | {line.index for line in phone.lines if line.is_registered}
    return (*_registration(phone, seen), *_message_light(phone)), seen


def _registration(phone: Phone, seen: frozenset[int]) -> Iterator[Trouble]:
    """A word that we don't know is no failure; several lines that fail together are one trouble."""
    lost = [line for line in phone.lines if line.is_registered is False]
    is_starting = phone.up_s is not None and phone.up_s < BOOT_S
    if not lost or (is_starting and all(is_registering(line.registration) for line in lost)):
        return
    if any(line.is_registered for line in phone.lines):
        for line in lost:
            words = printable(f"line {line.index} is not registered: {line.registration}")
            yield Trouble(AlertId.REGISTRATION, f"line {line.index}", _severity(line, seen), words)
        return
    subject = f"line {lost[0].index}" if len(lost) == 1 else EVERY_LINE
    said = ", ".join(dict.fromkeys(line.registration or "" for line in lost))
    words = printable(f"no line is registered, the phone cannot be called: {said}")
    yield Trouble(AlertId.REGISTRATION, subject, Severity.CRITICAL, words)


def _severity(line: Line, seen: frozenset[int]) -> Severity:
    """Firmware may list lines that nobody uses: one that never registered and says no worse is worth a mention only."""
    if line.index in seen or "fail" in (line.registration or "").casefold():
        return Severity.POOR
    return Severity.INFO


def _message_light(phone: Phone) -> Iterator[Trouble]:
    """A light that blinks may ring, and some firmware lights it for missed calls: a steady one is compared."""
    light, waiting = phone.lights.message, [line.message_waiting for line in phone.lines]
    ringing = any(call.phase is Phase.ALERTING for call in phone.calls)
    if light is None or ringing or all(said is None for said in waiting):
        return
    if light.is_lit is False and any(waiting):
        yield _mwi("a message waits, but the message light is off")
    elif light.is_lit and light.cadence in (None, Cadence.STEADY) and not any(said is not False for said in waiting):
        yield _mwi("the message light is on, but no message waits")


def _mwi(words: str) -> Trouble:
    return Trouble(AlertId.MWI, "", Severity.INFO, printable(words))
