"""What a phone doesn't say is nowhere said for it: each leaf of a call and of a port, left out, emptied or made void.

Every look at a phone is drawn: the tree, its calls and ports, the fleet's table, a call's card, `watch` and the note.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache

import pytest
from msgspec import Struct
from msgspec.structs import replace

from phonetui.archive.export import markdown
from phonetui.cli.json_lines import line
from phonetui.errors import PermissionDenied
from phonetui.monitor.journal import CallReport
from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.simulator.hardware import Cabling, port_leaves
from phonetui.text import Printable, printable
from phonetui.ui.calls.card import call_card
from phonetui.ui.fleet import rows as fleet_rows
from phonetui.ui.fleet.columns import DEFAULT_COLUMNS as COLUMNS
from phonetui.ui.fleet.columns import CellContext
from phonetui.ui.panes import call as call_module
from phonetui.ui.panes import network
from phonetui.ui.screen_state import Arrangement
from phonetui.ui.status.document import absences
from phonetui.ui.text.format import MAY_NOT_SEE, mark
from phonetui.ui.text.rows import text
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from tests.ui.office import AT, NOW
from tests.ui.test_panes import snapshot

CALL_LEAVES = (
    "CallState", "Tone", "Encoder", "Decoder", "Type", "RemoteHold", "Callback", "CallAppearance", "PeerName", "PeerPhone",
    "Duration", "MappedRtpPort", "PacketsSent", "PacketsReceived", "BytesSent", "BytesReceived", "PacketsLost",
    "PacketsDiscarded", "Jitter", "DecodeLatency", "RoundTripDelay", "LossRate", "DiscardRate", "BurstDuration",
    "GapDuration", "Rfactor", "MOSLQ", "MOSCQ",
)  # fmt: skip
LOOKS: Mapping[str, str | None] = {"missing": None, "empty": "", "n/a": "n/a", "-1": "-1", "127": "127"}
VOID_BY_127 = ("Rfactor", "MOSLQ", "MOSCQ")
"""Leaves of which 127 means that there is no value (RFC 3611 §4.7.5); of all others it is one."""
TEXTS = ("CallState", "Tone", "Encoder", "Decoder", "Type", "Callback", "CallAppearance", "PeerName", "PeerPhone", "MappedRtpPort", "LossRate", "DiscardRate")  # fmt: skip
"""Leaves of which every word is a value."""
PLACE, PORT = Path.of("Line", 1, "Call", 0), Path.of("Network", "Statistics", "Port", 1)
READINGS, EVERY_S = 11, 2.0
CABLING = Cabling(cabinet=2, socket=14, computer=False)
INVENTIONS = ("On-Prem", "free", "no call", "Idle", "idle", "none", "neither way")
"""What nobody may read of a phone that is in a call and says nothing of the kind."""


def call_leaves(second: float) -> dict[str, str]:
    """A sound call of G.722 as a phone tells of it after so many seconds."""
    packets = int(50 * second)
    return {
        "CallState": "Connected", "Tone": "None", "Encoder": "G722", "Decoder": "G722", "Type": "Outbound", "RemoteHold": "No",
        "Callback": "No", "CallAppearance": "1", "PeerName": "Front Desk", "PeerPhone": "5000",
        "Duration": f"00:00:{int(second):02}", "MappedRtpPort": "16384 >> 0", "PacketsSent": str(packets), "PacketsReceived": str(packets),
        "BytesSent": str(160 * packets), "BytesReceived": str(160 * packets), "PacketsLost": "0", "PacketsDiscarded": "0",
        "Jitter": "3", "DecodeLatency": "45", "RoundTripDelay": "20", "LossRate": "0.0", "DiscardRate": "0.0",
        "BurstDuration": "0", "GapDuration": "60000", "Rfactor": "92", "MOSLQ": "4.4", "MOSCQ": "4.3",
    }  # fmt: skip


def tree(second: float) -> dict[Path, str]:
    said = {PLACE / name: value for name, value in call_leaves(second).items()}
    said |= {
        Path.of("ExtStatus", 1, "RegistrationState"): "Registered",
        Path.of("PhoneStatus", "SWPort"): "1000 Full", Path.of("PhoneStatus", "PCPort"): "Down",
        Path.of("PhoneStatus", "SWPortConfig"): "Auto", Path.of("PhoneStatus", "PCPortConfig"): "Auto",
    }  # fmt: skip
    return said | dict(port_leaves(CABLING, 1000 + second, (0, 0)))


class Looks(Struct, frozen=True):
    """What is read of the phone at the end of the call, everywhere."""

    tree: str
    pane: str
    fleet: str
    watch: str
    card: str
    note: str
    ports: str
    phone: Phone

    @property
    def all(self) -> dict[str, str]:
        told = (self.tree, self.pane, self.fleet, self.watch, self.card, self.note, self.ports)
        return dict(zip(("tree", "pane", "fleet", "watch", "card", "note", "ports"), told, strict=True))


@lru_cache(maxsize=64)
def looks(leaf: Path | None, said: str | None) -> Looks:
    """Of a phone that says `said` of `leaf` from the beginning of its call to the end; None leaves it out."""
    connection = Connection(State.LIVE, fresh_at=AT, seen_at=NOW, pushes=True)
    bare = Phone(id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("192.0.2.21"), connection=connection)
    knowledge, tracker, watched = Knowledge(bare, DEFAULT), CallTracker(), ""
    for number in range(READINGS):
        second, at = number * EVERY_S, AT + (number - READINGS) * EVERY_S
        leaves = tree(second)
        if leaf is not None:
            leaves.pop(leaf)
            leaves |= {} if said is None else {leaf: said}
        read = Document({path: printable(value) for path, value in leaves.items()})
        knowledge.apply(knowledge.differences(read, ROOT, at), at)
        knowledge.count_ports(at)
        seen_at = NOW + timedelta(seconds=at - AT)
        watched = "\n".join(
            line(CallReport(bare.id, call.state, call.jitter_ms, measure, seen_at))
            for call, measure in knowledge.measure(at)
        )
        tracker = tracker.take(knowledge.phone, at, seen_at)
    phone = knowledge.phone
    ended = tracker.take(replace(phone, lines=()), AT, NOW)
    table = fleet_rows.FleetTable([phone], Arrangement(COLUMNS), (), 160, CellContext(AT))
    shown = snapshot(phone, histories=knowledge.histories)
    return Looks(
        tree=mark(phone).word,
        pane="\n".join(map(text, call_module.rows(shown, 120))),
        fleet="\n".join(map(text, table)),
        watch=watched,
        card="\n".join(text(row) for record in ended.records for row in call_card(record, None, NOW.tzinfo, 120)),
        note="\n".join(markdown(record, None, NOW.tzinfo) for record in ended.records),
        ports="\n".join(map(text, network.rows(phone, 100, 12))),
        phone=phone,
    )


def figure(pane: str, label: str) -> str:
    """The left part of one figure's row: label, number and grade."""
    return next((row[:28] for row in pane.splitlines() if row.startswith(f"  {label}")), "")


def voids(leaves: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every look of every leaf that leaves it without a value."""
    for leaf in leaves:
        for name in LOOKS:
            is_text = leaf in TEXTS and leaf != "CallState" and name in ("-1", "127")
            if not is_text and (name != "127" or leaf in VOID_BY_127):
                yield leaf, name


def test_the_sound_phone_is_good_everywhere() -> None:
    whole = looks(None, None)
    assert "good" in whole.tree
    assert "● good" in whole.pane
    assert "good" in whole.fleet
    assert '"grade":"good"' in whole.watch
    assert '"loss_pct":0.0' in whole.watch
    assert "good" in whole.card
    assert "**good**" in whole.note
    assert all("● good" in figure(whole.pane, name) for name in ("loss", "jitter", "RTT", "MOS"))


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("leaf", CALL_LEAVES)
def test_nothing_is_invented_of_a_call(leaf: str, name: str) -> None:
    for place, told in looks(PLACE / leaf, LOOKS[name]).all.items():
        lines = [row for row in told.splitlines() if "set to" not in row]
        for word in INVENTIONS:
            assert not any(word in row for row in lines), (place, word)


@pytest.mark.parametrize("name", [name for name in LOOKS if name != "127"])
@pytest.mark.parametrize("leaf", ["PacketsLost", "PacketsReceived", "CallState"])
def test_without_loss_nothing_says_good_of_the_call(leaf: str, name: str) -> None:
    found = looks(PLACE / leaf, LOOKS[name])
    assert "good" not in found.tree
    assert "good" not in found.fleet
    assert '"grade":"good"' not in found.watch
    assert '"loss_pct":0' not in found.watch
    assert '"mos_source":"estimate"' not in found.watch
    assert "good" not in found.note
    assert "good" not in found.card
    assert "good" not in figure(found.pane, "loss")
    headline = found.pane.splitlines()[0]
    assert "good" not in headline
    assert " est" not in found.pane


@pytest.mark.parametrize("leaf", ["Jitter", "RoundTripDelay", "PacketsLost", "PacketsDiscarded"])
@pytest.mark.parametrize("name", [name for name in LOOKS if name != "127"])
def test_a_figure_that_is_not_told_has_neither_number_nor_grade(leaf: str, name: str) -> None:
    label = {"Jitter": "jitter", "RoundTripDelay": "RTT", "PacketsLost": "loss", "PacketsDiscarded": "discard"}[leaf]
    shown = figure(looks(PLACE / leaf, LOOKS[name]).pane, label)
    assert shown.split() == [label, "–"]


@pytest.mark.parametrize(("leaf", "name"), list(voids(("MOSCQ", "MOSLQ", "Rfactor"))))
def test_a_score_that_is_not_told_is_nobodys(leaf: str, name: str) -> None:
    found = looks(PLACE / leaf, LOOKS[name])
    said = {"MOSCQ": "CQ 4.3", "MOSLQ": "LQ 4.4", "Rfactor": "R 92"}[leaf]
    assert said not in found.pane
    assert ('"mos_source":"phone-cq"' in found.watch) is (leaf != "MOSCQ")


@pytest.mark.parametrize(("leaf", "name"), [one for one in voids(CALL_LEAVES) if one[0] not in ("PacketsLost", "PacketsReceived", "CallState")])  # fmt: skip
def test_what_takes_no_part_leaves_the_others_theirs(leaf: str, name: str) -> None:
    found = looks(PLACE / leaf, LOOKS[name])
    assert '"grade":"good"' in found.watch
    assert "good" in found.tree


def test_jitter_alone_grades_jitter_and_not_the_call() -> None:
    knowledge = Knowledge(replace(looks(None, None).phone, lines=()), DEFAULT)
    for number in range(READINGS):
        at = AT + number * EVERY_S
        leaves = {PLACE / name: value for name, value in call_leaves(number * EVERY_S).items()}
        for name in ("PacketsLost", "PacketsDiscarded", "MOSCQ", "MOSLQ", "Rfactor", "RoundTripDelay", "DecodeLatency"):
            del leaves[PLACE / name]
        leaves[PLACE / "Jitter"] = "80"
        read = Document({path: printable(value) for path, value in leaves.items()})
        knowledge.apply(knowledge.differences(read, ROOT, at), at)
        ((_, measure),) = knowledge.measure(at)
    assert measure.grade.word == "unknown"
    assert [(judged.metric.value, judged.grade.word) for judged in measure.settled] == [("jitter", "poor")]
    assert measure.shares.total_s == 0.0
    shown = "\n".join(map(text, call_module.rows(snapshot(knowledge.phone), 120)))
    assert "? unknown" in shown.splitlines()[0]
    assert figure(shown, "jitter").split() == ["jitter", "80", "ms", "!", "POOR"]


PORT_LEAVES = [path for path in tree(0.0) if path.is_under(PORT)]
STATUS_LEAVES = [Path.of("PhoneStatus", name) for name in ("SWPort", "PCPort", "SWPortConfig", "PCPortConfig")]


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("leaf", [*PORT_LEAVES, *STATUS_LEAVES], ids=str)
def test_nothing_is_invented_of_a_port(leaf: Path, name: str) -> None:
    whole, found = looks(None, None), looks(leaf, LOOKS[name])
    for place, told in found.all.items():
        for word in ("On-Prem", "free", "mismatch", "▲"):
            assert word not in told, (place, word)
    assert '"grade":"good"' in found.watch
    port = found.phone.ports[0]
    if leaf.is_under(PORT) and name != "127":
        assert leaf.names[-1] not in dict(port.counters)
        assert (port.errors, port.errors_risen) == (0, 0)
    if leaf == STATUS_LEAVES[0]:
        assert "● 1000 full" in whole.ports
        assert "● 1000" not in found.ports
        assert found.ports.startswith("switch ? ")


def test_a_port_that_counts_no_errors_is_not_said_to_be_without_them() -> None:
    bare = looks(None, None).phone
    port = replace(bare.ports[0], errors=None, errors_risen=None, counters=())
    shown = "\n".join(map(text, network.rows(replace(bare, ports=(port,)), 100, 12)))
    assert "err – " in shown.splitlines()[0]


def test_an_error_counter_that_is_told_late_has_not_risen() -> None:
    """Its total is of any age: 500 errors since boot are none of the last two seconds."""
    knowledge = Knowledge(replace(looks(None, None).phone, ports=()), DEFAULT)
    crc, jabber = PORT / "RxCrcErr", PORT / "RxJabber"
    for at, said in enumerate(({crc: "7"}, {crc: "7", jabber: "500"}, {crc: "8", jabber: "500"})):
        read = Document({path: printable(value) for path, value in said.items()})
        knowledge.apply(knowledge.differences(read, ROOT, AT + at), AT + at)
        risen = knowledge.phone.ports[0].errors_risen
        assert risen == (None, 0, 1)[at]


@pytest.mark.parametrize("part", ["Line", "ExtStatus", "LEDStatus", "PhoneStatus", "Network"])
def test_what_the_account_may_not_see_is_said_to_be_that(part: str) -> None:
    """The phone refuses one part of its tree by role, and gives the others."""
    connection = Connection(State.LIVE, fresh_at=AT, seen_at=NOW)
    bare = Phone(id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("192.0.2.21"), connection=connection)
    knowledge = Knowledge(bare, DEFAULT)
    knowledge.note_refusal(Path.of(part), PermissionDenied("this account may not do that", reason="role"))
    for number in range(READINGS):
        second, at = number * EVERY_S, AT + (number - READINGS) * EVERY_S
        read = Document({path: printable(value) for path, value in tree(second).items() if path[0] != part})
        knowledge.apply(knowledge.differences(read, ROOT, at), at)
        knowledge.measure(at)
    phone = knowledge.phone
    shown = "\n".join(map(text, call_module.rows(snapshot(phone, histories=knowledge.histories), 120)))
    whys = {absence.group: absence.why for absence in absences(phone, knowledge.document)}
    assert not any(word in why for why in whys.values() for word in ("On-Prem", "free", "no call"))
    if part == "Line":
        assert "good" not in mark(phone).word
        assert MAY_NOT_SEE in shown
        assert "Idle" not in shown
        assert whys["Calls"] == MAY_NOT_SEE
        assert not any("On-Prem" in why for why in whys.values())
    else:
        assert "good" in mark(phone).word
    knowledge.note_answer(Path.of(part))
    assert knowledge.phone.forbidden == frozenset()
