"""Killed at any step, a change is whole after the next start: all files are as before it, or all as after it.

A kill shows that the order of the steps is right. What the disk itself holds back is not tested by it, so fsync is left out here.
"""

import contextlib
import errno
import itertools
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from bereik.cli import main
from bereik.data.load import load
from bereik.errors import BereikError
from bereik.transaction import changing, mend, write_whole

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be split here"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # the child does file work only, and dies
]
OLD = {"figures/a.csv": "old a", "figures/gone.csv": "to go", "figures/same.txt": "same", "notebooks/01.ipynb": "old"}
NEW = {"figures/a.csv": "new a", "figures/nl/b.svg": "new b", "figures/same.txt": "same", "notebooks/01.ipynb": "new"}
OLD["data/datapackage.json"] = NEW["data/datapackage.json"] = '{"resources": []}'
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder in memory: nothing of this test needs a disk)


def quiet(line):
    pass


def files(project):
    found = (path for path in project.rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {path.relative_to(project).as_posix(): path.read_text() for path in found}


def reset(project):
    for path in project.iterdir():
        shutil.rmtree(path)
    for name, text in OLD.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)


def change_all(project, say=quiet):
    with changing(project, say=say) as change:
        view = change.copy(project, "figures/**/*", "notebooks/*")
        for name in OLD.keys() - NEW.keys():
            (view / name).unlink(missing_ok=True)
        for name, text in NEW.items():
            (view / name).parent.mkdir(parents=True, exist_ok=True)
            (view / name).write_text(text)
        change.commit()


def is_step(code):
    """Every line of the transaction, and of what writes and copies for it: so a file is half written, too."""
    return code.co_filename.endswith(("transaction.py", "shutil.py")) or code.co_name == "write_text"


def steps_of(work, *given, kill=0):
    """Count the lines that the work takes; at the one to kill at, the process is killed."""
    counted, before = 0, sys.gettrace()

    def watch(frame, event, _):
        nonlocal counted
        counted += event == "line" and is_step(frame.f_code)
        if kill and counted == kill:
            os.kill(os.getpid(), signal.SIGKILL)
        return watch if is_step(frame.f_code) else None

    sys.settrace(watch)
    try:
        work(*given)
    finally:
        sys.settrace(before)
    return counted


def in_a_process(work, *given, **named):
    """Do the work in a process of its own, and say how that ended."""
    child = os.fork()
    if not child:
        try:
            work(*given, **named)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_at(step, work, *given):
    """Kill the work at its so-manieth line; say whether it came that far."""
    return in_a_process(steps_of, work, *given, kill=step) == -signal.SIGKILL


@pytest.fixture
def project(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        reset(Path(folder))
        yield Path(folder)


def journal(project):
    return project / ".cache" / "journal.json"


def test_killed_at_any_step_the_next_start_finds_or_makes_a_whole_project(project):
    steps, ends = steps_of(change_all, project), []
    for step in range(1, steps - 5, steps // 150):
        reset(project)
        assert kill_at(step, change_all, project)
        mend(project, say=quiet)
        ends.append("old" if files(project) == OLD else "new" if files(project) == NEW else f"mixed at step {step}")
        assert not journal(project).exists()
        change_all(project)
        assert files(project) == NEW, step
        assert [path.name for path in (project / ".cache").iterdir()] == ["lock"], "nothing is left behind"
    assert len(ends) >= 150
    assert ends == sorted(ends, reverse=True), "old up to one step, new from there on"
    assert set(ends) == {"old", "new"}


def half_way(project):
    """Kill a change when it has put one file in place."""
    reset(project)
    replace, moved = os.replace, itertools.count()

    def stop(source, goal):
        if next(moved) == 3:  # the journal, written and in place, and one file
            os._exit(9)
        replace(source, goal)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", stop)
        assert in_a_process(change_all, project) == 9
    assert files(project) not in (OLD, NEW)
    assert journal(project).exists()


def test_killed_again_while_it_is_completed(project):
    half_way(project)
    steps = steps_of(mend, project)
    for step in range(1, steps, max(1, steps // 55)):
        half_way(project)
        assert kill_at(step, mend, project)
        mend(project, say=quiet)
        assert files(project) == NEW, step


@pytest.mark.parametrize("words", ["check no_such.csv", "report", "fetch 82965NED --file no_such.csv", ""])
def test_every_entry_completes_what_was_stopped_before_it_reads(project, monkeypatch, words):
    half_way(project)
    monkeypatch.chdir(project)
    assert main(words.split()) == 1 if words else load().empty
    assert files(project) == NEW


def test_what_a_reader_edits_meanwhile_is_kept_and_named(project):
    said = []
    with changing(project, say=said.append) as change:
        view = change.copy(project, "notebooks/*", "figures/*")
        (view / "notebooks" / "01.ipynb").write_text("new")
        (view / "figures" / "a.csv").write_text("new a")
        (project / "notebooks" / "01.ipynb").write_text("what the reader wrote")
        (project / "figures" / "same.txt").write_text("the change has nothing for this one")
        change.commit()
    expected = {"notebooks/01.ipynb": "what the reader wrote", "figures/a.csv": "new a"}
    assert files(project) == OLD | expected | {"figures/same.txt": "the change has nothing for this one"}
    assert len(said) == 1
    assert "notebooks/01.ipynb was changed by somebody meanwhile: that is kept" in said[0]
    half_way(project)
    (project / "notebooks" / "01.ipynb").write_text("written before the change was completed")
    mend(project, say=said.append)
    assert files(project) == NEW | {"notebooks/01.ipynb": "written before the change was completed"}
    assert len(said) == 2


def test_lost_or_damaged_staged_files_and_a_damaged_journal_are_told_once_with_what_to_do(project):
    half_way(project)
    (staged,) = (project / ".cache").glob("change-*/files/notebooks/01.ipynb")
    staged.write_text("dama")
    with pytest.raises(BereikError, match=r"1 new files are lost or damaged: notebooks/01.ipynb.*`bereik run`"):
        mend(project, say=quiet)
    change_all(project)
    assert files(project) == NEW
    for text in ("", "[]", "\0\0", '{"folder": "change-1", "fi', '{"folder": "change-1", "files": [["a"]]}'):
        half_way(project)
        journal(project).write_text(text)
        with pytest.raises(BereikError, match="journal.json cannot be read.*bereik run --force"):
            mend(project, say=quiet)
        change_all(project)
        assert files(project) == NEW


@pytest.mark.parametrize("call", ["fsync", "replace", "mkdir"])
def test_on_a_full_disk_nothing_changes_or_the_next_start_completes_it(project, monkeypatch, call):
    real, ends = getattr(os, call), []
    for full_at in range(40):
        reset(project)
        calls = itertools.count()

        def full(*given, calls=calls, full_at=full_at):
            if next(calls) == full_at:
                raise OSError(errno.ENOSPC, "No space left on device", str(given[0]))
            return real(*given)

        monkeypatch.setattr(os, call, full)
        with contextlib.suppress(BereikError, OSError):  # the test itself may find the disk full
            change_all(project)
        monkeypatch.setattr(os, call, real)
        mend(project, say=quiet)
        ends.append(files(project))
        assert ends[-1] in (OLD, NEW)
    assert ends[0] == OLD
    assert ends[-1] == NEW


def test_a_second_change_waits_for_the_first_or_gives_up_and_says_who_is_at_work(project):
    ready, go = os.pipe()
    first = os.fork()
    if not first:
        with changing(project, say=quiet):
            os.write(go, b"!")
            time.sleep(0.5)
        os._exit(0)
    os.read(ready, 1)
    busy, said = rf"process {first}\) works on this project", []
    with pytest.raises(BereikError, match=f"{busy}.*wait until it is done"), changing(project, say=quiet, patience=0):
        pass
    assert files(project) == OLD
    change_all(project, said.append)
    os.waitpid(first, 0)
    assert files(project) == NEW
    assert len(said) == 1
    assert re.search(f"{busy}: waiting", said[0])


def test_an_error_half_way_changes_nothing(project):
    def fails():
        with changing(project, say=quiet) as change:
            (change.copy(project, "figures/*") / "figures" / "a.csv").write_text("half")
            raise KeyError("a fault")

    with pytest.raises(KeyError):
        fails()
    assert files(project) == OLD
    assert [path.name for path in (project / ".cache").iterdir()] == ["lock"]


def test_a_text_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = write_whole(tmp_path / "a.csv", "old\n")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new\n")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a.csv": b"old\n"}
