"""Files with mode 0600: the program's own, replaced atomically, and new ones that the operator asked for.

The program's own are never opened through a symbolic link, and no pipe or lock is waited for without a limit. Pictures,
exports, notes and surveys never replace a file.
"""

import errno
import fcntl
import os
import re
import stat
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

LARGEST_BYTES = 16 * 1024 * 1024
"""Of a file that the program reads whole: 100,000 accepted certificates."""
LOCK_S = 5.0
"""How long others may hold a lock before it counts as stuck: a write takes milliseconds, 60 on a busy disk, and a dozen
programs may wait for their turns."""
NEW_SUFFIX = ".new"
"""Ends the name of a file that is about to replace another one."""
_LOCK_POLL_S = 0.005
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""Some network file systems have none: writing unguarded is better there than not writing."""
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}
"""Some file systems cannot write out a directory."""


class WritableByOthers(PermissionError):
    """Everybody may write a file that the program relies on."""


def make_directory(path: Path) -> None:
    """Makes `path` for its owner alone; one that is already there keeps its mode. Raises OSError."""
    if path.parts[:1] == ("~",):  # `expanded` knew none
        raise FileNotFoundError(errno.ENOENT, "no home directory is known", str(path))
    missing = [path, *path.parents]
    missing = missing[: next((depth for depth, place in enumerate(missing) if place.exists()), 0)]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)


def read(path: Path, largest: int = LARGEST_BYTES) -> tuple[bytes, os.stat_result]:
    """The content of a regular file, and its status. Raises OSError."""
    opened = open_regular(str(path), os.O_RDONLY)
    with os.fdopen(opened, "rb") as file:
        status = os.fstat(opened)
        if status.st_size > largest:
            raise OSError(errno.EFBIG, f"larger than {largest // 1024 // 1024} MiB", str(path))
        return file.read(largest), status


def read_named(path: Path) -> bytes:
    """A file that the user named, whatever it is: a link leads on, a pipe without a writer is empty. Raises OSError."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        return file.read(LARGEST_BYTES) or b""


def expand_user(path: str | Path) -> Path:
    """With the user's home for `~`; as it is where neither HOME nor the system's accounts know one."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises RuntimeError there


def write(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Replaces `path` at once with `content`, for its owner alone: a crash leaves the old file whole. Raises OSError.

    Text becomes UTF-8, with the line ends that it has. Another `mode` is for a file that had it before.
    """
    make_directory(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}{NEW_SUFFIX}")
    fresh.unlink(missing_ok=True)  # one that a crash left behind keeps whatever mode it has
    opened = open_regular(str(fresh), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            write_all(opened, content.encode() if isinstance(content, str) else content)
            if mode != 0o600:
                os.fchmod(opened, mode)
            os.fsync(opened)
        finally:
            os.close(opened)
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise
    _sync_directory(path.parent)


def write_all(opened: int, content: bytes) -> None:
    """All of it, in as many steps as the system wants. Raises OSError."""
    left = memoryview(content)
    while left:
        left = left[os.write(opened, left) :]


def opener(path: str, flags: int) -> int:
    """For `open(opener=…)`: a file that is made gets mode 0600."""
    return os.open(path, flags, 0o600)


def open_regular(path: str, flags: int) -> int:
    """For `open(opener=…)` of the program's own files: neither through a link nor anything but a regular file.

    Never waits for the other end of a pipe. A file that is made gets mode 0600. Raises OSError.
    """
    try:
        opened = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "a symbolic link stands in its place", path) from None
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "a pipe or socket stands in its place", path) from None
        raise
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "no regular file stands in its place", path)
    return opened


def check_writers(path: Path) -> None:
    """Raises OSError where somebody else may change `path`, a file of ours; Exposed where everybody may.

    Neither the file nor its directory need be there yet.
    """
    for place in (path, path.parent):
        try:
            status = place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        if status.st_uid not in (os.geteuid(), 0):
            raise PermissionError(errno.EPERM, f"it belongs to somebody else (user id {status.st_uid})", str(place))
        if not stat.S_ISLNK(status.st_mode) and status.st_mode & stat.S_IWOTH:
            words = f"everybody may write it (mode {stat.S_IMODE(status.st_mode):04o})"
            raise WritableByOthers(errno.EPERM, words, str(place))


def other_writers(path: Path) -> str:
    """Who besides the user and root may change what stands in `path`, in words; empty where nobody may.

    By OpenSSH's rules (safe_path): neither the file nor a directory above it belongs to another user or may be written
    by group or others, up to the user's home. A directory where only owners may rename what is theirs (sticky, as
    /tmp) is no danger.
    """
    for place in dict.fromkeys((path.absolute(), path.resolve())):
        for step in (place, *place.parents):
            status = step.lstat()
            mode = stat.S_IMODE(status.st_mode)
            if status.st_uid not in (os.geteuid(), 0):
                return f"{step} belongs to user id {status.st_uid}"
            is_shared = bool(mode & (stat.S_IWGRP | stat.S_IWOTH)) and not stat.S_ISLNK(status.st_mode)
            if is_shared and not (step != place and mode & stat.S_ISVTX):
                return f"{step} has mode {mode:04o}"
            if step == expand_user("~"):
                break
    return ""


def lock(opened: int, limit_s: float = LOCK_S) -> None:
    """Takes the exclusive lock of an open file; closing the file gives it back. Blocks: never on an event loop.

    Raises OSError, TimeoutError where another program holds it for longer than `limit_s`.
    """
    until = time.monotonic() + limit_s
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise TimeoutError(errno.ETIMEDOUT, f"another program has held its lock for {limit_s:g} s") from None
            time.sleep(_LOCK_POLL_S)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return
        else:
            return


def _sync_directory(path: Path) -> None:
    """So that the new name survives a power cut, too."""
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(opened)


_UNSAFE = re.compile(r"[^\w.-]+")


def writable_folder(otherwise: Path) -> Path:
    """Where the program was started from, or `otherwise` where nothing can be written there any more.

    That directory may have been deleted since; the system knows no name for it then.
    """
    with suppress(OSError):
        here = Path.cwd()
        if os.access(here, os.W_OK | os.X_OK):
            return here
    return otherwise


def create(path: Path, content: str | bytes) -> Path:
    """Writes a file with mode 0600 where nothing is yet. Blocks. Raises FileExistsError and other OSErrors.

    Of a file that cannot be written to its end nothing is left.
    """
    with open(path, "xb", opener=opener) as file:
        try:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise
    return path


def create_in(where: Path, name: str, ending: str, content: str | bytes) -> Path:
    """As `create`, under `name.ending`, or under `name-2.ending` … where that is taken. The directory is made."""
    make_directory(where)
    for number in count(1):
        with suppress(FileExistsError):
            return create(where / f"{safe_name(name)}{f'-{number}' if number > 1 else ''}.{ending}", content)
    raise AssertionError("numbers have no end")


def safe_name(name: str) -> str:
    """A file's name without what file systems and shells read something into."""
    return _UNSAFE.sub("-", name).strip(".-") or "phone"
