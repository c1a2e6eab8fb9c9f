"""A frozen fleet stays as it was, whatever becomes of the live one."""

from msgspec.structs import replace

from phonetui.fleet.frozen import FrozenFleet
from phonetui.fleet.protocol import FleetView
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from tests.ui.office import AT, office

LOBBY, CALL = PhoneId("lobby"), (1, 0)


def test_what_goes_on_does_not_show() -> None:
    fleet = office()
    partner, hint = (
        Partner(PhoneId("reception"), CALL, Printable("dialled")),
        Diagnosis(Printable("look"), Printable("x")),
    )
    fleet.partners[LOBBY, CALL], fleet.pointed[LOBBY, CALL] = partner, (hint,)
    before, entries = fleet.phones[LOBBY], tuple(fleet.entries)
    jitter = tuple(fleet.history(LOBBY)[CALL].jitter_ms.window(0.0, AT + 9))
    frozen = FrozenFleet.of(fleet)
    fleet.put(replace(before, lines=()))
    fleet.entries = ()
    fleet.history(LOBBY)[CALL].jitter_ms.add(AT + 1, 99.0)
    fleet.partners.clear()
    fleet.pointed.clear()
    assert frozen.phones[LOBBY] is before
    assert frozen.entries == entries
    assert tuple(frozen.history(LOBBY)[CALL].jitter_ms.window(0.0, AT + 9)) == jitter
    assert frozen.partner(LOBBY, CALL) == partner
    assert frozen.causes(LOBBY, CALL) == (hint,)
    assert not frozen.causes(LOBBY, (9, 9))


def test_it_has_all_that_there_is_to_see() -> None:
    shown: FleetView = FrozenFleet.of(office())
    assert [name for name in vars(FleetView) if not name.startswith("_") and not hasattr(shown, name)] == []
