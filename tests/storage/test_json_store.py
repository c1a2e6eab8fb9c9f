"""One file that several programs share: nothing that one of them learnt is lost."""

import asyncio
import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from phonetui import private
from phonetui.storage.json_store import DamagedFile, JsonStore
from phonetui.storage.writer import WRITER, StorageNotices


def store(file: Path | None, notices: StorageNotices | None = None, **more: Any) -> JsonStore[dict[str, Any]]:
    return JsonStore(file, {}, "things", notices=notices, **more)


def put(of: JsonStore[dict[str, Any]], key: str, value: object) -> None:
    of.update(key, lambda known: {**known, key: value})


def test_what_another_program_wrote_stays(tmp_path: Path) -> None:
    file = tmp_path / "state" / "f.json"
    one, other = store(file), store(file)
    assert one.get() == other.get() == {}
    put(one, "a", 1)
    put(other, "b", 2)
    put(one, "c", 3)
    assert json.loads(file.read_text()) == {"a": 1, "b": 2, "c": 3} == one.get() == other.get()
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)


def test_eight_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    script = (
        "import sys; from pathlib import Path; from phonetui.storage.json_store import JsonStore\n"
        "store = JsonStore(Path(sys.argv[1]), {}, 'things')\n"
        "for number in range(4):\n"
        "    key = f'{sys.argv[2]}-{number}'\n"
        "    store.update(key, lambda known: {**known, key: 1})\n"
    )
    programs = [subprocess.Popen([sys.executable, "-c", script, str(file), str(name)]) for name in range(8)]
    assert [program.wait(60) for program in programs] == [0] * 8
    assert len(json.loads(file.read_text())) == 32
    assert [left for left in file.parent.iterdir() if left.name.endswith(private.NEW_SUFFIX)] == []


async def test_a_held_lock_never_stops_the_loop_and_is_waited_out(tmp_path: Path) -> None:
    file, notices = tmp_path / "f.json", StorageNotices()
    shared = store(file, notices)
    with (tmp_path / ".f.json.lock").open("w") as held:
        private.lock(held.fileno())
        began = time.monotonic()
        put(shared, "a", 1)
        assert shared.get() == {"a": 1}
        assert time.monotonic() - began < private.LOCK_S / 2
        await asyncio.sleep(0.05)
        assert not file.exists()
    await asyncio.to_thread(WRITER.flush, 30.0)
    assert json.loads(file.read_text()) == {"a": 1}
    assert notices.take() == ()


def test_a_lock_that_is_never_given_back_is_told_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private.lock, "__defaults__", (0.05,))
    notices = StorageNotices()
    shared = store(tmp_path / "f.json", notices)
    with (tmp_path / ".f.json.lock").open("w") as held:
        private.lock(held.fileno())
        put(shared, "a", 1)
        put(shared, "b", 2)
        (words,) = notices.take()
    assert words.startswith(f"things cannot be kept in {tmp_path}/f.json: another program has held its lock")
    put(shared, "c", 3)
    assert json.loads((tmp_path / "f.json").read_text()) == {"a": 1, "b": 2, "c": 3}


async def test_changes_that_come_while_it_writes_are_written_next(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    shared = store(file)
    for number in range(200):
        put(shared, str(number), number)
        if number % 50 == 0:
            await asyncio.sleep(0.01)
    await asyncio.to_thread(WRITER.flush, 30.0)
    assert len(json.loads(file.read_text())) == 200


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", "null", "\xff", "[" * 100_000, '{"a":' * 100_000, '{"a":' * 20 + "1" + "}" * 20]
)
def test_a_damaged_file_is_set_aside_and_told_of(content: str, tmp_path: Path) -> None:
    file, notices = tmp_path / "f.json", StorageNotices()
    file.write_text(content, "latin-1")
    shared = store(file, notices)
    assert shared.get() == {}
    put(shared, "a", 1)
    assert json.loads(file.read_text()) == {"a": 1}
    assert (tmp_path / "f.json.damaged").read_text("latin-1") == content
    (words,) = notices.take()
    assert "f.json is damaged" in words
    assert "f.json.damaged" in words


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "[" * 100_000])
def test_a_damaged_file_that_is_essential_is_neither_believed_nor_touched(content: str, tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text(content)
    shared = store(file, is_essential=True)
    with pytest.raises(DamagedFile):
        shared.get()
    put(shared, "a", 1)
    with pytest.raises(DamagedFile):
        shared.save()
    assert file.read_text() == content


def test_a_file_that_is_taken_away_is_written_anew_with_all_that_is_known(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    shared = store(file)
    put(shared, "a", 1)
    file.unlink()
    assert shared.get() == {"a": 1}
    put(shared, "b", 2)
    assert json.loads(file.read_text()) == {"a": 1, "b": 2}


def obstruct(kind: str, file: Path) -> None:
    match kind:
        case "directory":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "link":
            (file.parent / "target").write_text('{"theirs": 1}')
            file.symlink_to(file.parent / "target")
        case "link to nothing":
            file.symlink_to(file.parent / "target")
        case "device":
            file.symlink_to("/dev/zero")
        case "everybody's":
            file.write_text('{"theirs": 1}')
            file.chmod(0o666)
        case "everybody's directory":
            file.parent.chmod(0o777)
        case "no directory":
            file.parent.rmdir()
            file.parent.write_text("")


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "kind",
    ["directory", "pipe", "link", "link to nothing", "device", "everybody's", "everybody's directory", "no directory"],
)
@pytest.mark.parametrize("place", ["f.json", ".f.json.lock"])
def test_what_stands_in_its_place_is_left_alone(kind: str, place: str, tmp_path: Path) -> None:
    home, notices = tmp_path / "home", StorageNotices()
    home.mkdir(mode=0o700)
    obstruct(kind, home / place)
    before = sorted((item.name, item.lstat().st_mode, item.lstat().st_size) for item in tmp_path.rglob("*"))
    shared = store(home / "f.json", notices)
    assert shared.get() == {}
    put(shared, "a", 1)
    put(shared, "b", 2)
    assert shared.get() == {"a": 1, "b": 2}
    if (kind, place) == ("everybody's", ".f.json.lock"):
        return  # nothing is read from a lock
    (words,) = notices.take()
    assert words.startswith(f"things cannot be kept in {home}/f.json: ")
    assert "Errno" not in words
    after = sorted((item.name, item.lstat().st_mode, item.lstat().st_size) for item in tmp_path.rglob("*"))
    assert [item for item in after if item[0] != ".f.json.lock"] == [
        item for item in before if item[0] != ".f.json.lock"
    ]


def test_without_a_home_nothing_is_written_where_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    notices = StorageNotices()
    shared = store(Path("~/.local/state/phonetui/f.json"), notices)
    put(shared, "a", 1)
    assert shared.get() == {"a": 1}
    assert list(tmp_path.iterdir()) == []
    (words,) = notices.take()
    assert "no home directory is known" in words


def test_readers_and_writers_in_several_threads_agree(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    shared = [store(file) for _ in range(3)]
    missing: list[str] = []

    def work(number: int) -> None:
        for turn in range(20):
            key = f"{number}-{turn}"
            put(shared[number], key, turn)
            if key not in shared[number].get():
                missing.append(key)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missing == []
    assert len(store(file).get()) == 60
