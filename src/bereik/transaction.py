"""Files of the project change together or not at all: staged below .cache, noted in a journal, then put in place one by one.

Whoever changes files holds the lock, so there is one change at a time. The staged files lie as in the project. `Change.commit`
flushes them to the disk and notes, in a journal, what each file was and what it becomes; only then are they put in place, and
the journal goes last. Where a journal lies, a change was stopped in the middle: the next command completes it (`mend`). A file
that is neither what it was nor what it becomes was edited by a reader meanwhile: it stays as it is, and is named.
"""

import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bereik.errors import BereikError
from bereik.paths import CACHE, CHANGE, LOCK

_JOURNAL = "journal.json"
_ABSENT = "absent"  # stands for the hash of a file that is not there
_PATIENCE, _BLINK = 600, 0.2  # seconds to wait for another change, and between two looks
_Say = Callable[[str], None]


class Change:
    """Files to change together: what lies in `files`, in folders as in the project, replaces what lies in the project.

    Parameters
    ----------
    project : pathlib.Path
        The project's folder.
    folder : pathlib.Path
        A folder of this change alone; staged files go to files/ in it.
    say : callable
        Gets one line of progress at a time.

    Notes
    -----
    `changing` makes one, with the lock held.
    """

    def __init__(self, project: Path, folder: Path, say: _Say) -> None:
        self.folder, self.files = folder, folder / "files"
        self._project, self._say = project, say
        self._copied: dict[str, str] = {}

    def copy(self, target: Path, *patterns: str) -> Path:
        """Stage files of a folder of the project as they are now; a copy that is removed is removed there too."""
        staged = self.files / target.relative_to(self._project)
        staged.mkdir(parents=True, exist_ok=True)
        for path in (path for pattern in patterns for path in target.glob(pattern) if path.is_file()):
            name = path.relative_to(self._project)
            (self.files / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, self.files / name)
            self._copied[name.as_posix()] = state_of(self.files / name)
        return staged

    def commit(self) -> None:
        """Put everything in place; from the moment that the journal lies there, it is completed by whoever comes next."""
        staged = {path.relative_to(self.files).as_posix(): path for path in self.files.rglob("*") if path.is_file()}
        noted = []
        for name in sorted({*staged, *self._copied}):
            new = state_of(self.files / name)
            old = self._copied.get(name) or state_of(self._project / name)
            if new != old:
                noted.append([name, old, new])
                (self._project / name).parent.mkdir(parents=True, exist_ok=True)
        if not noted:
            return
        changed = [staged[name] for name, _, new in noted if new != _ABSENT]
        for path in [*changed, *{path.parent for path in changed}]:
            _flush(path)
        cache = self._project / CACHE
        journal = json.dumps({"folder": self.folder.name, "files": noted}, indent=1)
        write_whole(self.folder / _JOURNAL, journal).replace(cache / _JOURNAL)
        _flush(cache)
        _complete(self._project, self._say)


@contextmanager
def changing(project: Path, *, say: _Say = print, patience: float = _PATIENCE) -> Iterator[Change]:
    """Hold the lock of the project, complete what was stopped before, and give a change to fill and to commit.

    Parameters
    ----------
    project : pathlib.Path
        The project's folder.
    say : callable
        Gets a line when another change is waited for, and for each file of a reader that is kept.
    patience : float
        Seconds to wait for another change.

    Yields
    ------
    Change
        Nothing is changed until its `commit`.

    Raises
    ------
    BereikError
        When another change goes on for too long, or a file cannot be written (a full disk).

    Examples
    --------
    >>> import tempfile; project = Path(tempfile.mkdtemp())
    >>> with changing(project) as change:
    ...     staged = change.copy(project) / "a.txt"
    ...     _ = staged.write_text("whole")
    ...     change.commit()
    >>> (project / "a.txt").read_text()
    'whole'
    """
    cache = project / CACHE
    try:
        cache.mkdir(exist_ok=True)
        with (cache / LOCK).open("a+", encoding="utf-8") as lock:
            _wait(lock, say, patience)
            change = Change(project, cache / f"{CHANGE}{secrets.token_hex(8)}", say)
            lock.truncate(0)
            lock.write(f"{change.folder.name} {os.getpid()}")  # who may write to the folder of this change
            lock.flush()
            try:
                _complete(project, say)
                for left in cache.glob(f"{CHANGE}*"):
                    shutil.rmtree(left, ignore_errors=True)
                yield change
            finally:
                lock.truncate(0)
                if not (cache / _JOURNAL).exists():
                    shutil.rmtree(change.folder, ignore_errors=True)
    except OSError as error:
        half = (cache / _JOURNAL).exists()
        done = "what was begun is completed by the next command" if half else "nothing was changed"
        fault = f"a file cannot be read or written ({error.strerror or error}: {Path(error.filename or '').name!r})"
        expected = "room on the disk, folders that can be written to, and no file of them open in another program"
        raise BereikError(fault, expected, f"make room or close the file, and try again; {done}") from error


def mend(project: Path, *, say: _Say = print) -> None:
    """Complete a change that was stopped in the middle, if there is one.

    Parameters
    ----------
    project : pathlib.Path
        The project's folder.
    say : callable
        Gets a line for each file of a reader that is kept.

    Raises
    ------
    BereikError
        When what was staged is no longer there or damaged, once: the next command goes on.

    Examples
    --------
    >>> mend(Path("a_project_at_rest"))
    """
    if (project / CACHE / _JOURNAL).exists():
        with changing(project, say=say):
            pass


def write_whole(path: Path, text: str) -> Path:
    r"""Write a text under another name, then put it in place in one step: never half of it, never an empty file.

    Examples
    --------
    >>> import tempfile
    >>> write_whole(Path(tempfile.mkdtemp()) / "a.txt", "whole\n").read_bytes()
    b'whole\n'
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        _flush(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _complete(project: Path, say: _Say) -> None:
    """Bring every file of the journal to what it becomes, then remove the journal. The caller holds the lock."""
    journal = project / CACHE / _JOURNAL
    if not journal.exists():
        return
    try:
        noted = json.loads(journal.read_text(encoding="utf-8"))
        staged = journal.parent / noted["folder"] / "files"
        files = [(name, old, new) for name, old, new in noted["files"]]
    except (ValueError, TypeError, KeyError):
        journal.unlink()
        fault, expected = f"{CACHE}/{_JOURNAL} cannot be read", "the list of files of a change that was stopped"
        raise BereikError(fault, expected, "run `bereik run --force`, which makes every file anew") from None
    done = {name: _put(staged / name, project / name, old, new) for name, old, new in files}
    for folder in {(project / name).parent for name in done if (project / name).parent.is_dir()}:
        _flush(folder)
    journal.unlink()
    for name in (name for name, how in done.items() if how == "kept"):
        say(f"{name} was changed by somebody meanwhile: that is kept, and what the run made of it is left out")
    if lost := [name for name, how in done.items() if how == "lost"]:
        fault = f"of a change that was stopped, {len(lost)} new files are lost or damaged: {', '.join(lost[:3])}"
        raise BereikError(fault, f"all of them below {CACHE}", "do it again: `bereik run`, or `bereik fetch`")


def _put(staged: Path, goal: Path, old: str, new: str) -> str:
    """Give a file what it becomes, unless it is that already, and say so when it was edited or the new one is lost."""
    there = state_of(goal)
    if there == new:
        return "done"
    if there != old:
        return "kept"
    if new == _ABSENT:
        goal.unlink()
    elif state_of(staged) != new:
        return "lost"
    else:
        goal.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(goal)
    return "done"


def _wait(lock: IO[str], say: _Say, patience: float) -> None:
    """Take the lock, when its owner is done with it; a process that dies lets go of it."""
    end, said = time.monotonic() + patience, False
    while not _taken(lock):
        lock.seek(0)
        busy = f"another bereik (process {(lock.read().split() or ['unknown'])[-1]}) works on this project"
        if time.monotonic() > end:
            raise BereikError(busy, "one at a time: two would mix their files", "wait until it is done")
        if not said:
            say(f"{busy}: waiting until it is done ...")
        said = True
        time.sleep(_BLINK)


def _taken(lock: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(1 << 20)  # far behind the text: what is locked cannot be read there
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def state_of(path: Path) -> str:
    """Give the hash of a file, or say that there is none.

    Examples
    --------
    >>> state_of(Path("no_such_file.csv"))
    'absent'
    """
    if not path.is_file():
        return _ABSENT
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Have a file, or the list of names of a folder, written to the disk itself; Windows does so for folders by itself."""
    if sys.platform == "win32" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
