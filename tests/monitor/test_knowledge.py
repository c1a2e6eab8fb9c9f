"""Readings and pushes tell of the same leaves: what wins, and what is told."""

import random

from phonetui.monitor.firmware_profile import LossRateUnitStore
from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document, Update
from phonetui.xapi.path import ROOT, Path

CALL = Path.of("Line", 1, "Call", 0)
STATE, JITTER = CALL / "CallState", CALL / "Jitter"


def known() -> Knowledge:
    blank = Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("192.0.2.21"))
    return Knowledge(blank, DEFAULT)


def tree(**leaves: str) -> Document:
    return Document({CALL / name: printable(value) for name, value in leaves.items()})


def push(path: Path, value: str | None, at: float) -> Update:
    return Update(path, None if value is None else Printable(value), at)


def read(knowledge: Knowledge, document: Document, at: float) -> tuple[Update, ...]:
    return knowledge.apply(knowledge.differences(document, ROOT, at), at)


def test_a_value_equal_to_the_known_one_is_no_news() -> None:
    knowledge = known()
    assert len(read(knowledge, tree(CallState="Ringing"), 1.0)) == 1
    assert knowledge.apply(knowledge.pushed([push(STATE, "Ringing", 2.0)]), 2.0) == ()
    assert read(knowledge, tree(CallState="Ringing"), 3.0) == ()


def test_a_reading_older_than_a_push_does_not_overwrite_it() -> None:
    knowledge = known()
    read(knowledge, tree(CallState="Ringing", Jitter="1"), 1.0)
    knowledge.begin_reading()
    knowledge.apply(knowledge.pushed([push(STATE, "Connected", 2.0)]), 2.0)
    changes = read(knowledge, tree(CallState="Ringing", Jitter="2"), 2.5)
    assert [change.path for change in changes] == [JITTER]
    assert knowledge.document[STATE] == "Connected"


def test_the_next_reading_makes_it_true() -> None:
    knowledge = known()
    knowledge.begin_reading()
    knowledge.apply(knowledge.pushed([push(STATE, "Hold", 2.0)]), 2.0)
    knowledge.begin_reading()
    read(knowledge, tree(CallState="Connected"), 3.0)
    assert knowledge.document[STATE] == "Connected"


def test_a_pushed_ghost_is_not_undone_by_an_older_reading() -> None:
    knowledge = known()
    read(knowledge, tree(CallState="Connected"), 1.0)
    knowledge.begin_reading()
    assert knowledge.apply(knowledge.pushed([push(CALL, None, 2.0)]), 2.0) == (push(CALL, None, 2.0),)
    assert read(knowledge, tree(CallState="Connected"), 2.5) == ()
    assert not knowledge.phone.has_live_call


def test_a_pushed_call_is_not_dropped_by_an_older_reading() -> None:
    knowledge = known()
    knowledge.begin_reading()
    knowledge.apply(knowledge.pushed([push(STATE, "Ringing", 2.0)]), 2.0)
    assert read(knowledge, Document(), 2.5) == ()
    assert knowledge.phone.has_live_call


def test_a_ghost_of_nothing_is_no_news() -> None:
    knowledge = known()
    assert knowledge.apply(knowledge.pushed([push(CALL, None, 1.0)]), 1.0) == ()


def test_pushes_in_any_order_and_twice_end_in_the_same_state() -> None:
    truth = tree(CallState="Connected", Jitter="9")
    posts = [push(STATE, word, 0.0) for word in ("Ringing", "Connected")] + [
        push(JITTER, str(n), 0.0) for n in range(10)
    ]
    rng = random.Random(3)
    for _ in range(50):
        knowledge = known()
        shuffled = posts * 2
        rng.shuffle(shuffled)
        for number, update in enumerate(shuffled):
            knowledge.apply(knowledge.pushed([update]), float(number))
        knowledge.begin_reading()
        read(knowledge, truth, 100.0)
        assert knowledge.document == truth


def test_what_a_phone_pushes_is_waited_for_and_what_it_does_not_is_not() -> None:
    knowledge = known()
    assert knowledge.awaits_push([push(JITTER, "1", 0.0)])
    assert knowledge.awaits_push([push(CALL, None, 0.0)])
    assert knowledge.awaits_push([push(Path.parse("Network Statistics Port 1 RxCrcErr"), "1", 0.0)])
    assert not knowledge.awaits_push([push(Path.parse("DownloadStatus CustomCAStatus Info"), "x", 0.0)])
    assert not knowledge.awaits_push([push(Path.parse("Novelty"), "x", 0.0)])


def talking(number: int, **leaves: str) -> Document:
    counters = {"PacketsReceived": str(number * 100), "PacketsSent": str(number * 100), "PacketsLost": "0"}
    return tree(**{"CallState": "Connected", "Jitter": "3", **counters, **leaves})


def follow(knowledge: Knowledge, *readings: Document, since: float = 0.0) -> None:
    for number, reading in enumerate(readings):
        at = since + number * 2.0
        read(knowledge, reading, at)
        knowledge.measure(at)


def test_figures_are_kept_while_the_call_lives() -> None:
    knowledge = known()
    follow(knowledge, *(talking(number) for number in range(4)))
    history = knowledge.histories[(1, 0)]
    assert [value for _, value in history.jitter_ms.window(-1, 99)] == [3.0] * 4
    assert [value for _, value in history.loss_pct.window(-1, 99)] == [None, 0.0, 0.0, 0.0]
    assert [measure.key for measure in knowledge.phone.measures] == [(1, 0)]
    read(knowledge, Document(), 8.0)
    assert knowledge.measure(8.0) == ()
    assert knowledge.histories == {}
    assert knowledge.phone.measures == ()


def test_a_push_names_this_phone_by_any_of_its_addresses() -> None:
    knowledge = known()
    assert knowledge.is_sender("00:00:5E:00:53:21")  # nothing is known yet
    own = [push(Path.parse("SystemUnit Hardware Module MACAddress"), "00005E005321", 1.0)]
    own += [push(Path.parse("Network Wifi MacAddress"), "00:00:5e:00:53:22", 1.0)]
    knowledge.apply(own, 1.0)
    assert knowledge.phone.network.wifi_mac
    assert knowledge.is_sender("00:00:5e:00:53:21")
    assert knowledge.is_sender("0000.5E00.5322")
    assert not knowledge.is_sender("00:00:5E:00:53:99")


def test_another_call_in_the_place_begins_anew() -> None:
    knowledge = known()
    follow(knowledge, *(talking(number, Duration=f"00:01:{2 * number:02}") for number in range(10)))
    (before,) = knowledge.phone.measures
    follow(knowledge, talking(20, Duration="00:00:03"), since=20.0)
    (after,) = knowledge.phone.measures
    assert (before.grade, after.grade) == (Grade.GOOD, Grade.MEASURING)
    assert before.shares.total_s > after.shares.total_s == 0.0
    assert knowledge.histories[(1, 0)].since_at == 20.0


def test_a_call_that_was_never_answered_is_not_measured() -> None:
    knowledge = known()
    follow(knowledge, tree(CallState="Ringing", Jitter="0", MOSCQ="0"))
    assert knowledge.phone.measures == ()


KIND = {Path.of("SystemUnit", "ProductId"): "DP-9851", Path.of("SystemUnit", "Software", "Version"): "3-6-1"}


def lossy(number: int) -> Document:
    """2.5 % lost, written as a byte: 6."""
    call = talking(0, PacketsReceived=str(975 * number), PacketsLost=str(25 * number), LossRate="6")
    return Document({**call, **{path: printable(value) for path, value in KIND.items()}})


def test_the_unit_of_rates_is_found_out_and_shared_by_phones_of_a_kind() -> None:
    scales = LossRateUnitStore(None)
    first, second = (Knowledge(known().phone, DEFAULT, loss_rate_units=scales) for _ in range(2))
    follow(first, *(lossy(number) for number in range(1, 3)))
    assert first.phone.measures[0].phone_loss_pct is None
    follow(first, *(lossy(number) for number in range(3, 5)), since=10.0)
    follow(second, lossy(1))
    for knowledge in (first, second):
        assert knowledge.phone.measures[0].phone_loss_pct == 6 / 2.56


def test_the_operator_knows_better() -> None:
    knowledge = Knowledge(known().phone, DEFAULT, loss_rate_scale=LossRateUnit.PERCENT, mos_divisor=100.0)
    follow(knowledge, talking(1, LossRate="6", MOSCQ="41", MOSLQ="410"))
    assert knowledge.phone.measures[0].phone_loss_pct == 6.0
    call = next(iter(knowledge.phone.calls))
    assert (call.mos_cq, call.mos_cq_raw, call.mos_lq) == (None, "41", 4.1)


def test_figures_over_time_are_not_kept_for_nobody() -> None:
    """What `watch` writes is of now: an hour of a hundred calls would cost it megabytes."""
    headless = Knowledge(known().phone, DEFAULT, keeps_histories=False)
    follow(headless, *(talking(number) for number in range(4)))
    assert headless.phone.measures
    assert headless.histories == {}
    read(headless, Document(counted(10, 1)), 9.0)
    headless.count_ports(9.0)
    assert headless.port_histories == {}


def counted(received: int, errors: int, port: int = 1) -> dict[Path, Printable]:
    place = Path.of("Network", "Statistics", "Port", port)
    return {place / "RxtotalPkt": Printable(str(received)), place / "RxcrcErr": Printable(str(errors))}


def course(knowledge: Knowledge, port: int = 1) -> list[tuple[float | None, float | None]]:
    """Packets received a second, and errors risen, as they were kept."""
    history = knowledge.port_histories[port]
    rates, errors = history.rx_per_s.window(0, 99), history.errors.window(0, 99)
    return [(rate, rose) for (_, rate), (_, rose) in zip(rates, errors, strict=True)]


def test_a_ports_figures_are_kept_as_they_are_read() -> None:
    knowledge = known()
    for at, received, errors in (
        (10, 100, 0),
        (20, 600, 3),
        (30, 1100, 3),
        (40, 1100, 3),
        (50, 50, 0),
        (60, 150, 0),
        (70, 250, 0),
    ):
        read(knowledge, Document(counted(received, errors)), float(at))
        knowledge.count_ports(float(at))
    assert course(knowledge) == [(None, 3), (50.0, 0), (50.0, 0), (None, None), (None, 0), (10.0, 0)]
    assert knowledge.port_histories[1].since_at == 20.0


def test_a_port_that_counts_nothing_has_no_figures_and_one_that_is_gone_none_any_more() -> None:
    knowledge = known()
    link = Document({Path.of("PhoneStatus", "PCPort"): Printable("1000 Full")})
    for at in (10.0, 20.0):
        read(knowledge, link, at)
        knowledge.count_ports(at)
    assert knowledge.port_histories == {}
    for at in (30.0, 40.0):
        read(knowledge, Document(counted(int(at), 0)), at)
        knowledge.count_ports(at)
    assert list(knowledge.port_histories) == [1]
    read(knowledge, Document(), 50.0)
    knowledge.count_ports(50.0)
    assert knowledge.port_histories == {}


def test_a_stranger_cannot_make_us_keep_ports_without_end() -> None:
    knowledge = known()
    for at in (10.0, 20.0):
        leaves = {path: value for port in range(1, 500) for path, value in counted(int(at), 0, port).items()}
        read(knowledge, Document(leaves), at)
        knowledge.count_ports(at)
    assert set(knowledge.port_histories) == {1, 2}
