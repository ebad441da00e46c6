"""The spool gives back every frame that was acknowledged, whatever happens to the files."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.base.errors import AccessError, EngineError
from truenorth.collect.receive.request import Refused
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.reader import Broken, forget, frames, waiting
from truenorth.collect.spool.segment import BEGIN, FIRST, HEAD, Position, beginning, heads, packed, path_of, segments
from truenorth.collect.spool.writer import Room, Spool

EASY = Room(floor=0)
START = Position()


def frame(number: int, body: bytes | None = None) -> Frame:
    refused = (Refused("E_X", "why", b"\xff", "[0]"),) if number % 3 == 0 else ()
    text = body if body is not None else b"%d" % number * (number % 50)
    return Frame("web", "native", "json", "/v1/events", "", number, 1, text, refused, "agent")


def clock() -> Callable[[], int]:
    return count(1_800_000_000_000).__next__


def spool_on(folder: Path, room: Room = EASY) -> Spool:
    return Spool(folder, clock(), room)


def write(folder: Path, groups: Sequence[Sequence[int]], room: Room = EASY) -> None:
    """A writer that begins, writes groups of frames, and ends."""
    spool = spool_on(folder, room)
    for group in groups:
        spool.write([packed(frame(number)) for number in group])
    spool.close()


def read(folder: Path, position: Position = START) -> tuple[list[int], list[Broken]]:
    """The numbers of the frames, and what was set aside."""
    broken: list[Broken] = []
    return [found.received_at for found, _ in frames(folder, position, broken.append)], broken


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_what_is_written_is_read_with_all_it_holds(folder: Path) -> None:
    write(folder, [[1, 2, 3], [4]])
    assert [found for found, _ in frames(folder, START)] == [frame(number) for number in (1, 2, 3, 4)]


def test_a_reader_goes_on_where_it_was(folder: Path) -> None:
    spool = spool_on(folder)
    assert read(folder) == ([], [])
    position = START
    seen = []
    for number in range(20):
        spool.write([packed(frame(number))])
        for found, after in frames(folder, position):
            seen.append(found.received_at)
            position = after
    assert seen == list(range(20))
    assert waiting(folder, position).bytes == 0
    spool.close()


def test_an_empty_or_absent_folder_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) == ([], [])
    assert read(tmp_path / "none") == ([], [])
    assert waiting(tmp_path / "none", Position()).bytes == 0
    assert forget(tmp_path / "none", Position(5, 5)) == 0


def test_segments_end_when_they_are_full_or_old(folder: Path) -> None:
    write(folder, [[number] for number in range(30)], Room(floor=0, segment=500))
    assert len(segments(folder)) > 5
    assert all(path_of(folder, number).stat().st_size <= 500 for number in segments(folder))
    before = len(segments(folder))
    write(folder, [[30], [31]], Room(floor=0, seconds=0))
    assert len(segments(folder)) == before + 2
    assert read(folder)[0] == list(range(32))


def test_a_frame_larger_than_a_segment_has_one_for_itself(folder: Path) -> None:
    spool = spool_on(folder, Room(floor=0, segment=1000))
    for number in range(3):
        spool.write([packed(frame(number, b"x" * 5000))])
    spool.close()
    assert read(folder)[0] == [0, 1, 2]
    assert len(segments(folder)) == 3


def test_what_was_loaded_is_deleted_but_the_newest(folder: Path) -> None:
    write(folder, [[number] for number in range(10)], Room(floor=0, segment=300))
    *_, (_, end) = frames(folder, START)
    middle = list(frames(folder, START))[4][1]
    left = waiting(folder, middle)
    assert forget(folder, middle) > 0
    assert waiting(folder, middle) == left
    assert read(folder, middle)[0] == [5, 6, 7, 8, 9]
    forget(folder, end)
    assert len(segments(folder)) == 1
    assert read(folder, end) == ([], [])
    write(folder, [[10]])
    assert read(folder, end)[0] == [10]


def test_numbers_go_on_when_somebody_takes_the_folder_away(folder: Path) -> None:
    now = clock()
    spool = Spool(folder, now, EASY)
    spool.write([packed(frame(1))])
    spool.close()
    *_, (_, end) = frames(folder, START)
    for path in folder.iterdir():
        path.unlink()
    spool = Spool(folder, now, EASY)
    spool.write([packed(frame(2))])
    spool.close()
    assert read(folder, end)[0] == [2]


def test_a_clock_that_goes_back_makes_no_older_number(folder: Path) -> None:
    for now in (1000, 10):
        spool = Spool(folder, lambda now=now: now, EASY)
        spool.write([packed(frame(now))])
        spool.close()
    assert segments(folder) == [1000, 1001]


def test_a_second_writer_is_told_who_is_first(folder: Path) -> None:
    spool = spool_on(folder)
    with pytest.raises(AccessError, match=f"process {os.getpid()} already collects") as caught:
        spool_on(folder)
    assert caught.value.code == "E_SPOOL_TAKEN"
    spool.close()
    spool_on(folder).close()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_killed_writer_leaves_every_whole_frame(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    write(folder, [range(20)])
    [number] = segments(folder)
    path = path_of(folder, number)
    ends = [position.offset for _, position in frames(folder, START)]
    cut = data.draw(st.integers(0, path.stat().st_size))
    zeros = data.draw(st.sampled_from([0, 0, 1, 40, 5000]))
    os.truncate(path, cut)
    os.truncate(path, cut + zeros)
    whole = [number for number, end in enumerate(ends) if end <= cut]
    broken: list[Broken] = []
    assert [found.received_at for found, _ in frames(folder, START, broken.append)][: len(whole)] == whole
    write(folder, [[100]])
    seen, aside = read(folder)
    assert seen == [*whole, 100]
    if not zeros:
        assert aside == []


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_broken_bytes_are_set_aside_and_the_rest_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    write(folder, [range(20)])
    write(folder, [[100]])
    path = path_of(folder, segments(folder)[0])
    before = path.read_bytes()
    ends = [position.offset for _, position in frames(folder, START)][:20]
    start = data.draw(st.integers(0, len(before) - 1))
    wrong = data.draw(st.binary(min_size=1, max_size=400))
    after = (before[:start] + wrong + before[start + len(wrong) :])[: len(before)]
    path.write_bytes(after)
    seen, aside = read(folder)
    begins = [BEGIN, *ends]
    touched = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    whole = [n for n in range(20) if not any(begins[n] <= at < ends[n] for at in touched)]
    assert seen == [*whole, 100]
    hurt = [at for at in touched if at >= BEGIN]
    assert bool(aside) == bool(hurt)
    for at in hurt:
        assert any(one.at.offset <= at < one.at.offset + one.size for one in aside)
    for one in aside:
        assert one.file.read_bytes() == after[one.at.offset : one.at.offset + one.size]
    assert read(folder) == (seen, [])


def test_broken_bytes_at_the_end_are_said_once_the_segment_has_ended(folder: Path) -> None:
    write(folder, [[1], [2]])
    path = path_of(folder, segments(folder)[0])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert read(folder) == ([1], [])
    write(folder, [[3]])
    seen, aside = read(folder)
    assert (seen, [one.reason for one in aside]) == ([1, 3], ["its checksum is wrong"])


def test_a_body_that_looks_like_a_frame_is_none(folder: Path) -> None:
    """Someone who may send data cannot make frames of another source, not even beside broken bytes."""
    inside = packed(frame(666))
    forged = beginning(b"guessing") + b"".join(heads(b"guessing", [inside]))
    spool = spool_on(folder)
    spool.write([packed(frame(1)), packed(frame(2, forged)), packed(frame(3))])
    spool.close()
    write(folder, [[4]])
    path = path_of(folder, segments(folder)[0])
    data = path.read_bytes()
    start = next(frames(folder, START))[1].offset
    path.write_bytes(data[:start] + b"?" * HEAD.size + data[start + HEAD.size :])
    assert read(folder)[0] == [1, 3, 4]


def test_a_segment_without_its_beginning_is_read(folder: Path) -> None:
    write(folder, [range(10)])
    write(folder, [[100]])
    path = path_of(folder, segments(folder)[0])
    data = path.read_bytes()
    path.write_bytes(b"\0" * 100 + data[100:])
    seen, aside = read(folder)
    assert seen[-3:] == [8, 9, 100] and len(aside) == 1
    path.write_bytes(FIRST * len(data))
    assert read(folder)[0] == [100]


def test_a_frame_of_another_version_is_set_aside(folder: Path) -> None:
    spool = spool_on(folder)
    spool.write([b"\x9a\x01", packed(frame(1))])
    spool.close()
    seen, aside = read(folder)
    assert (seen, len(aside), "no frame that this version knows" in aside[0].reason) == ([1], 1, True)


def test_nothing_behind_broken_bytes_is_read_before_they_are_safe(folder: Path) -> None:
    write(folder, [[1], [2]])
    write(folder, [[3]])
    path = path_of(folder, segments(folder)[0])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    (folder / "broken").write_text("no folder")
    seen = []
    with pytest.raises(OSError):
        for found, _ in frames(folder, START):
            seen.append(found.received_at)
    assert seen == [1]


class Disk:
    """A disk that takes so many bytes and then fails, perhaps in the middle of a write."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int, number: int = errno.ENOSPC) -> None:
        self.left = left
        self.number = number
        self._writev = os.writev
        monkeypatch.setattr(os, "writev", self.writev)

    def writev(self, file: int, parts: Sequence[bytes]) -> int:
        data = b"".join(parts)
        if self.left < len(data):
            self._writev(file, [data[: self.left]])
            self.left = 0
            raise OSError(self.number, os.strerror(self.number))
        self.left -= len(data)
        return self._writev(file, parts)


@settings(max_examples=60, deadline=None)
@given(left=st.integers(0, 1500), number=st.sampled_from([errno.ENOSPC, errno.EDQUOT, errno.EIO]))
def test_a_full_disk_takes_all_of_a_group_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, left: int, number: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    kept = []
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, left, number)
        spool = spool_on(folder)
        for group in range(0, 12, 2):
            try:
                spool.write([packed(frame(group)), packed(frame(group + 1))])
                kept += [group, group + 1]
            except EngineError as error:
                assert error.code == "E_SPOOL_FULL"
        assert read(folder) == (kept, [])
        disk.left = 1 << 30
        spool.write([packed(frame(50))])
        spool.close()
    assert read(folder) == ([*kept, 50], [])


def test_a_sync_that_fails_acknowledges_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = spool_on(folder)
    spool.write([packed(frame(1))])

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "no")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fails)
        with pytest.raises(EngineError, match="takes nothing more"):
            spool.write([packed(frame(2))])
    spool.write([packed(frame(3))])
    spool.close()
    assert read(folder)[0] == [1, 3]
    assert len(segments(folder)) == 2


def test_a_part_of_a_write_is_finished(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writev = os.writev
    monkeypatch.setattr(os, "writev", lambda file, parts: writev(file, [b"".join(parts)[:7]]))
    write(folder, [range(10)])
    assert read(folder)[0] == list(range(10))


def test_room_is_left_on_the_disk(folder: Path) -> None:
    spool = spool_on(folder, Room(floor=1 << 60))
    with pytest.raises(EngineError, match="stay free"):
        spool.write([packed(frame(1))])
    assert segments(folder) == []
    spool.close()


def test_a_spool_that_nobody_loads_takes_no_more_and_goes_on_when_it_is_loaded(folder: Path) -> None:
    spool = spool_on(folder, Room(floor=0, segment=400, most=2000))
    number = 0
    with pytest.raises(EngineError, match="nobody loads"):
        while number < 100:
            spool.write([packed(frame(number))])
            number += 1
    assert 3 < number < 60
    *_, (_, end) = frames(folder, START)
    forget(folder, end)
    spool.write([packed(frame(number))])
    spool.close()
    assert read(folder, end)[0] == [number]


KILLED = """
import os, signal, sys
from pathlib import Path
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import packed
from truenorth.collect.spool.writer import Room, Spool
import time
spool = Spool(Path(sys.argv[1]), lambda: time.time_ns() // 1_000_000, Room(floor=0, segment=20_000))
number = 0
while True:
    group = range(number, number + 5)
    spool.write([packed(Frame("web", "native", "", "", "", one, 1, b"x" * (one % 300))) for one in group])
    number += 5
    os.write(1, b"%d\\n" % number)
"""


def test_a_writer_killed_at_any_moment_keeps_what_it_said(folder: Path) -> None:
    for _ in range(5):
        before = len(read(folder)[0])
        with subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(40)]
            process.kill()
            said += process.stdout.readlines()
        kept = [int(line) for line in said if line.endswith(b"\n")][-1]
        seen, aside = read(folder)
        assert aside == []
        assert seen[before:][:kept] == list(range(kept))
    write(folder, [[1]])
    assert read(folder)[1] == []
