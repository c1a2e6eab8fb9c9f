"""The pane of the switch port and the PC port: link, rates, rising errors, and the neighbour on the cable."""

import re

from msgspec.structs import replace

from phonetui.phone.parse import link
from phonetui.phone.state import Phone, Port
from phonetui.ui.snapshot import Snapshot, no_phone_row, nothing_read_row, seen, title_with_state
from phonetui.ui.text.format import DASH, count, words
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clipped, pad, row
from phonetui.ui.widgets.pane import Pane

_ERROR_CELLS = 6
_PPS_FROM = 43
"""Cells of a row from which on packets a second have their unit."""
NAMES = {1: "switch", 2: "PC"}
_SPELLED_OUT = re.compile(r"^(Te|Fa|Gi|Tw|Fi)[A-Za-z]*Ethernet(?=\d)")


class PortsPane(Pane):
    number = "4"
    name_ = "Network"

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...]:
        return (snapshot.phone, snapshot.baseline, snapshot.since, snapshot.device is None)

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        phone, baseline = snapshot.phone, snapshot.baseline
        if phone is None:
            return [no_phone_row(snapshot)]
        if baseline is not None:
            phone = replace(phone, ports=tuple(map(baseline.port, phone.ports)))
        return rows(phone, width, height, snapshot.since)

    def title_of(self, snapshot: Snapshot) -> str:
        words = f"{self.name_} · errors {snapshot.since}" if snapshot.since else self.name_
        return title_with_state(words, snapshot.phone)


def rows(phone: Phone, width: int, height: int, since: str = "") -> list[Row]:
    """`since` says from when errors are counted, where that is not what the phone does."""
    if not phone.ports:
        why = nothing_read_row(phone) or row(Run("No port data from this phone.", Role.DIM))
        return [clipped(row(*why, "  " if phone.network.vlan else "", *_place(phone)), width)]
    if height <= 1:
        return [clipped(seen(phone, _in_one(phone, width, since)), width)]
    is_wide = width >= _PPS_FROM
    cells = _ERROR_CELLS if is_wide else min(_ERROR_CELLS, 1 + max(cell_width(_errors(port)) for port in phone.ports))
    body = [_port(port, " pps" if is_wide else "", cells) for port in phone.ports]
    return [clipped(seen(phone, shown), width) for shown in (*body, *_surroundings(phone, width))]


def port_name(port: Port) -> str:
    return NAMES.get(port.index, f"port {port.index}")


def _port(port: Port, unit: str, cells: int) -> Row:
    """Errors stand before rates: these may be cut."""
    link, errors = _link(port), _errors(port)
    return row(
        Run(pad(port_name(port), 7), Role.LABEL),
        Run(pad(link.text, 11), link.role),
        Run(" err ", Role.LABEL),
        *errors,
        " " * (cells - cell_width(errors)),
        Run(f" {_rate(port.rx_per_s)}↓ {_rate(port.tx_per_s)}↑{unit}", Role.PLAIN),
    )


def _rate(per_s: float | None) -> str:
    return count(None if per_s is None else round(per_s))


def _link(port: Port) -> Run:
    """Half duplex is trouble on any port; no link on the PC port is nobody's PC."""
    found = port.link
    if found is None:
        return Run(f"? {DASH}", Role.DIM)
    if found.is_up is False:
        return Run("○ down", Role.POOR if port.index == 1 else Role.DIM)
    if found.speed_mbps is None:
        return Run(f"? {found.raw}", Role.UNKNOWN)
    if found.full_duplex is False:
        return Run(f"! {found.speed_mbps} half", Role.POOR)
    return Run(f"● {found.speed_mbps}{' full' if found.full_duplex else ''}", Role.GOOD)


def _errors(port: Port) -> Row:
    """Red only while they rise: an old total is history."""
    if port.errors_risen:
        return row(Run(f"{count(port.errors)} +{count(port.errors_risen)} ▲", Role.POOR))
    return row(Run(count(port.errors), Role.PLAIN if port.errors == 0 else Role.DIM))


def _in_one(phone: Phone, width: int, since: str) -> Row:
    """With the VLAN where there is room; from when errors are counted is worth more than rates."""
    end = (Run(since, Role.ACCENT),) if since else _place(phone)
    ports = [run for port in phone.ports for run in (*_short(port, rates=True), Run("    "))]
    if cell_width(ports) + cell_width(end) <= width:
        return row(*ports, *end)
    ports = [run for port in phone.ports for run in (*_short(port, rates=not since), Run("    "))]
    return row(*ports, *(end if since else ()))


def _short(port: Port, *, rates: bool) -> Row:
    rate = f"  {_rate(port.rx_per_s)}/{_rate(port.tx_per_s)} p/s" if rates and port.rx_per_s is not None else ""
    errors = row(Run("  errors ", Role.LABEL), *_errors(port)) if port.errors != 0 else ()
    return row(Run(f"{port_name(port)} ", Role.LABEL), _link(port), Run(rate), *errors)


def _place(phone: Phone) -> Row:
    return row(Run("VLAN ", Role.LABEL), words(phone.network.vlan)) if phone.network.vlan else ()


def _surroundings(phone: Phone, width: int) -> list[Row]:
    """Without the address where that would be cut: the title of the calls has one."""
    port = next((port for port in phone.ports if port.neighbour), None)
    beside = " ".join(filter(None, (port.neighbour, short(port.neighbour_port)))) if port else DASH
    vlan, address = words(phone.network.vlan), words(phone.network.ipv4)
    where = row(beside, Run("   VLAN ", Role.LABEL), vlan)
    with_address = row(*where, Run("   IP ", Role.LABEL), address)
    return [with_address if cell_width(with_address) <= width else where, *_settings(phone)]


def _settings(phone: Phone) -> list[Row]:
    """What the ports are set to: a row only where one of them is reported."""
    told = [port for port in phone.ports if port.configured]
    parts = [
        Run(f"{port_name(port)} {port.configured}{' ▲ mismatch' if is_mismatched(port) else ''}   ",
            Role.POOR if is_mismatched(port) else Role.PLAIN)
        for port in told
    ]  # fmt: skip
    return [row(Run("configured ", Role.LABEL), *parts)] if told else []


def setting(port: Port) -> Row:
    """`switch Auto → 1000 Full`, marked where a fixed setting is not the outcome of it."""
    shown = row(
        Run(f"{port_name(port)} ", Role.LABEL),
        words(port.configured),
        " → ",
        words(port.link.raw if port.link else None),
    )
    return row(*shown, Run(" ▲ mismatch", Role.POOR)) if is_mismatched(port) else shown


def about(port: Port) -> Row:
    """`● 1000 full  sw-2f Gi1/0/14  14 errors since boot`"""
    beside = " ".join(filter(None, (port.neighbour, short(port.neighbour_port))))
    errors = "" if port.errors is None else f"{count(port.errors)} error{'' if port.errors == 1 else 's'} since boot"
    return row("  ".join(filter(None, (_link(port).text, beside, errors))))


def is_mismatched(port: Port) -> bool:
    """Whether a port that is set to a speed runs at another; one without a link does not run at all."""
    wanted = link(port.configured)
    if wanted is None or wanted.speed_mbps is None or port.link is None or port.link.speed_mbps is None:
        return False
    return (wanted.speed_mbps, wanted.full_duplex) != (port.link.speed_mbps, port.link.full_duplex)


def short(port: str | None) -> str | None:
    """`GigabitEthernet1/0/14` as its switch abbreviates it: `Gi1/0/14`."""
    return _SPELLED_OUT.sub(r"\1", port) if port else port
