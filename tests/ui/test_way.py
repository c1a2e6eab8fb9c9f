"""Phones behind a jump host: which, how far it is, and that it is the jump host that is lost."""

from msgspec.structs import replace

from phonetui.config.settings import Config
from phonetui.fleet.protocol import PromptingFleet
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import Connection, Phone, State
from phonetui.text import Printable
from phonetui.transport.trust import PinStore
from phonetui.ui.panes import call
from phonetui.ui.status import rows as status_rows
from phonetui.ui.status.document import DeviceFacts
from phonetui.ui.text import format as text_format
from phonetui.ui.text.rows import Role, text
from tests.ui.office import AT, phone
from tests.ui.trees import rows_of


def behind(**connection: object) -> Phone:
    known = Connection(State.LIVE, fresh_at=AT - 1, **connection)  # type: ignore[arg-type]  # as it takes
    return phone("bergen", via=Printable("bastion"), connection=known)


def test_the_tree_names_the_jump_host_where_there_is_room() -> None:
    assert "bergen via bastion" in text(rows_of([behind()], 34)[0])
    assert "via" not in text(rows_of([behind()], 20)[0])


def test_a_lost_tunnel_is_what_is_shown_of_the_phones_behind_it() -> None:
    lost = behind(reason="tunnel", detail=Printable("the tunnel through bastion is lost"))
    assert text_format.mark(lost) == ("✗", "tunnel", Role.FAILED)
    assert [text(told).strip() for told in call.notice(lost, AT)] == ["✗ tunnel", "the tunnel through bastion is lost"]


def test_the_way_there_is_told_apart_from_the_phones_own_time() -> None:
    shown = "\n".join(
        map(
            text,
            status_rows.summary_rows(
                status_rows.SummaryContext(behind(tunnel_ms=12.4, answer_ms=50.0), DeviceFacts()), 250, 12
            ),
        )
    )
    assert "via bastion   SSH 12 ms   answers in 38 ms" in shown
    direct = replace(behind(answer_ms=50.0), via=None)
    shown = "\n".join(map(text, status_rows.summary_rows(status_rows.SummaryContext(direct, DeviceFacts()), 250, 12)))
    assert "answers in 50 ms" in shown
    assert "SSH" not in shown


def test_the_real_fleet_lets_the_dashboard_answer() -> None:
    assert isinstance(LiveFleet(Config(), pins=PinStore(None)), PromptingFleet)
