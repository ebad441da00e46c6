"""Writing the spool: frames go to the newest segment and are safe on the disk when `write` comes back."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from truenorth.base.errors import AccessError, EngineError
from truenorth.collect.spool.segment import BEGIN, HEAD, MARK, TORN, beginning, heads, path_of, pieces, segments

LOCK = "lock"
# As many pieces as one call of the system takes.
AT_ONCE = 1024
MIB = 1 << 20
PROBE = MIB // 4
HINT = "make room; collecting goes on by itself, and clients send again what was not taken"


class Room(Struct, frozen=True):
    """How large segments grow, how old, and what is left free: for the rest of the machine (`floor`, bytes of the disk)
    and for an app that no longer loads (`most`, bytes of the spool)."""

    segment: int = 64 * MIB
    seconds: float = 300.0
    floor: int = 256 * MIB
    most: int = 64 * 1024 * MIB


class Spool:
    """The one writer of a spool; AccessError E_SPOOL_TAKEN when another process writes it.

    `now` gives milliseconds since 1970. Segments are numbered by it, always upwards, so that a reader who knows where
    it was also knows what is new when somebody has taken the folder away.
    """

    def __init__(self, folder: Path, now: Callable[[], int], room: Room | None = None) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(folder.parent)
            sync_folder(folder.parent.parent)
        self.folder = folder
        self._now = now
        self._room = room or Room()
        self._lock = locked(folder / LOCK)
        self._last = max(segments(folder), default=0)
        self._file = -1
        self._mark = b""
        self._size = 0
        self._until = 0.0
        if self._last:
            cut_torn_end(path_of(folder, self._last))
        self._before = size_of(folder)

    def write(self, bodies: Sequence[bytes]) -> None:
        """Append packed frames, all of them or none, and wait until the disk has them.

        EngineError E_SPOOL_FULL when there is no room or the disk fails; the next call tries again.
        """
        size = sum(map(len, bodies)) + HEAD.size * len(bodies)
        self.check_room(size)
        try:
            self._begin_segment(size)
            write_all(self._file, list(heads(self._mark, bodies)))
            os.fdatasync(self._file)
        except OSError as error:
            self._retreat()
            raise full(self.folder, error) from error
        self._size += size

    def try_room(self) -> None:
        """Whether there is room again, for more than a request or two; EngineError E_SPOOL_FULL when there is not."""
        self.check_room(PROBE)
        path = self.folder / "probe"
        try:
            path.write_bytes(bytes(PROBE))
        except OSError as error:
            raise full(self.folder, error) from error
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the spool."""
        self._end_segment()
        os.close(self._lock)

    def check_room(self, size: int = 0) -> None:
        """Whether so many bytes more can be kept; EngineError E_SPOOL_FULL when not."""
        disk = os.statvfs(self.folder)
        free = disk.f_bavail * disk.f_frsize
        if free - size < self._room.floor:
            words = f"{free // MIB} MiB are free on the disk of {self.folder}, and {self._room.floor // MIB} stay free"
            raise EngineError("E_SPOOL_FULL", words, hint=HINT)
        if self._before + self._size + size > self._room.most:
            self._before = size_of(self.folder) - self._size
            if self._before + self._size + size > self._room.most:
                words = f"{self._room.most // MIB} MiB wait in {self.folder} and nobody loads them"
                raise EngineError("E_SPOOL_FULL", words, hint="is the app running? `truenorth serve` loads them")

    def _begin_segment(self, size: int) -> None:
        """Go on with the segment, or begin the next one when it is full or old enough."""
        if self._file >= 0:
            full = self._size > BEGIN and self._size + size > self._room.segment
            if not full and time.monotonic() < self._until:
                return
            self._before += self._size
            self._end_segment()
        self._last = max(self._now(), self._last + 1)
        path = path_of(self.folder, self._last)
        self._mark = secrets.token_bytes(MARK)
        self._size = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        write_all(self._file, [beginning(self._mark)])
        os.fsync(self._file)
        sync_folder(self.folder)
        self._size = BEGIN
        self._until = time.monotonic() + self._room.seconds

    def _end_segment(self) -> None:
        file, self._file, self._size = self._file, -1, 0
        if file >= 0:
            os.close(file)

    def _retreat(self) -> None:
        """Take back what was half written. The next frames go to a segment of their own, because a reader may have seen
        what is taken back and would look for them behind it."""
        if self._file < 0:
            return
        with suppress(OSError):
            if self._size <= BEGIN:
                path_of(self.folder, self._last).unlink(missing_ok=True)
            else:
                os.ftruncate(self._file, self._size)
                os.fsync(self._file)
        self._before += self._size
        with suppress(OSError):
            self._end_segment()


def full(folder: Path, error: OSError) -> EngineError:
    """What is said when the disk does not take what is written."""
    words = f"the disk of {folder} takes nothing more: {error.strerror}"
    return EngineError("E_SPOOL_FULL", words, hint=HINT)


def locked(path: Path) -> int:
    """The lock of a spool, held until it is closed or this process ends, however it ends."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        words = f"process {holder or 'of another kind'} already collects into {path.parent}"
        hint = "one workspace has one collector: stop the other, or serve with --no-capture"
        raise AccessError("E_SPOOL_TAKEN", words, hint=hint) from error
    with suppress(OSError):
        # Who it is, for the words above; a full disk has no room even for that.
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def cut_torn_end(path: Path) -> None:
    """Cut away the frame that was being written when the writer was killed; nobody was told that it is kept."""
    with open(path, "rb+") as file:
        last = None
        for piece in pieces(file, 0):
            last = piece
        if last is not None and last.problem == TORN:
            file.truncate(last.start)
            os.fsync(file.fileno())


def write_all(file: int, parts: list[bytes]) -> None:
    """Write all parts one after the other, with as few calls as the system allows."""
    for first in range(0, len(parts), AT_ONCE):
        some = parts[first : first + AT_ONCE]
        written = os.writev(file, some)
        if written < sum(map(len, some)):
            rest = memoryview(b"".join(some))[written:]
            while rest:
                rest = rest[os.write(file, rest) :]


def size_of(folder: Path) -> int:
    """The bytes of all segments."""
    total = 0
    for number in segments(folder):
        with suppress(FileNotFoundError):
            total += path_of(folder, number).stat().st_size
    return total


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as safe as what the files hold."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
