"""What a row tells of a phone is what the fleet's table, the tree and the filter need."""

import asyncio
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from phonetui.exchange import wire
from phonetui.exchange.fleet_row import FleetRow, phone_of, row_of
from phonetui.exchange.whole_state import WholeState, received, sent, state_of
from phonetui.phone.state import Phone
from phonetui.ui.fleet.columns import COLUMNS, CellContext
from phonetui.ui.phone_filter import worst_call
from tests.live import live, served, until

AT, NOW = 5_000.0, datetime(2026, 11, 30, 12, tzinfo=UTC)


def _crossed(phone: Phone, at: float, there: float) -> Phone:
    row = row_of(phone, (), {}, control="ask", epoch=1, collector="a", number=1, at=at, seen_at=NOW)
    return phone_of(wire.decode(wire.encode(row), FleetRow), phone.id, phone.group, there)


async def test_every_column_shows_the_same_of_a_row() -> None:
    async with served(4, scenario="trouble") as office, live(office) as running:
        await until(lambda: any(phone.measures for phone in running.fleet.phones.values()), 20)
        at = asyncio.get_running_loop().time()
        for phone in running.fleet.phones.values():
            crossed = _crossed(phone, at, AT)
            for column in COLUMNS.values():
                here = column.cell(phone, CellContext(at, moment=NOW))
                assert column.cell(crossed, CellContext(AT, moment=NOW)) == here, column.id
            assert (worst_call(crossed) is None) == (worst_call(phone) is None)
            assert (
                len(
                    wire.encode(
                        row_of(phone, (), {}, control="ask", epoch=1, collector="a", number=1, at=at, seen_at=NOW)
                    )
                )
                < 1000
            )
            state = state_of(phone, (), running.fleet, epoch=1, collector="a", number=1, seen_at=NOW)
            back = received(wire.decode(wire.encode(sent(state, at)), WholeState), at)
            assert _rounded(back.phone) == _rounded(phone)


def _rounded(phone: Phone) -> Phone:
    """Moments went to the other machine's clock and back."""
    connection = replace(phone.connection, fresh_at=round(phone.connection.fresh_at or 0.0, 3))
    ports = tuple(replace(port, counted_at=round(port.counted_at or 0.0, 3)) for port in phone.ports)
    return replace(phone, connection=connection, ports=ports)


@pytest.mark.parametrize("age_s", [0.0, 0.4, 3600.0])
def test_ages_cross_not_moments(age_s: float) -> None:
    from phonetui.phone.state import Connection, PhoneId
    from phonetui.text import Printable

    phone = Phone(
        id=PhoneId("a"), name=Printable("a"), address=Printable("a"), connection=Connection(fresh_at=77.0 - age_s)
    )
    assert _crossed(phone, 77.0, AT).connection.fresh_at == pytest.approx(AT - age_s)
