"""The status dump of this firmware's ancestors, which some phones serve where others have their xAPI document.

Flat elements in groups, after captures of the SPA family; the root's name is inferred.
"""

from collections.abc import Iterator, Mapping

from phonetui.simulator.commands import Phone
from phonetui.simulator.device import CALLS_PER_LINE
from phonetui.simulator.element import Element
from phonetui.xapi.path import Path

_UNIT = {
    "Host_Name": "SystemUnit HostName",
    "Product_Name": "SystemUnit ProductId",
    "Software_Version": "SystemUnit Software Version",
    "MAC_Address": "SystemUnit Hardware Module MACAddress",
    "Current_IP": "Network IPv4 Address",
    "Elapsed_Time": "PhoneStatus ElapsedTime",
    "Operational_VLAN_ID": "PhoneStatus OperationalVLANID",
}
_CALL = {
    "Call_State": "CallState",
    "Tone": "Tone",
    "Encoder": "Encoder",
    "Decoder": "Decoder",
    "Type": "Type",
    "Peer_Name": "PeerName",
    "Peer_Phone": "PeerPhone",
    "Duration": "Duration",
    "Packets_Lost": "PacketsLost",
    "Jitter": "Jitter",
    "Round_Trip_Delay": "RoundTripDelay",
}


def dump(phone: Phone) -> Element:
    root = Element("flat-profile")
    for name, group, text in _rows(phone.presentation.leaves, len(phone.device.extensions)):
        root.add(name, text, group=group)
    return root


def _rows(leaves: Mapping[Path, str], lines: int) -> Iterator[tuple[str, str, str]]:
    for name, place in _UNIT.items():
        yield name, "Info/Phone_Status", leaves.get(Path.parse(place), "")
    for line in range(1, lines + 1):
        registration = Path.of("ExtStatus", line, "RegistrationState")
        yield "Registration_State", f"Info/Ext_{line}_Status", leaves.get(registration, "")
        for slot in range(CALLS_PER_LINE):
            group, call = f"Info/Line_{line}_Call_{slot + 1}_Status", Path.of("Line", line, "Call", slot)
            for name, leaf in _CALL.items():
                yield name, group, leaves.get(call / leaf, "Idle" if leaf == "CallState" else "")
