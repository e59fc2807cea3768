"""What a stopped run leaves behind: real runs of notebook 02 and the report, killed, on a full disk, two at once, edited.

Run: python bench/crashes.py [SEED]; the table goes to bench/crashes.md. Each row works in a fresh clone of the last commit, in
which a text of notebook 02 is changed, so that the files of before and after the run differ. A state is the content of every
file of figures/, data/ and notebooks/. A kill does not test what a disk holds back when the power fails (fsync).
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
WORDS = PROJECT.joinpath("src", "bereik", "texts", "02.toml")
KILLS = 5
EXERCISE = """
import nbformat
from nbclient import NotebookClient
book = nbformat.read("02_forms_of_care.ipynb", as_version=4)
cell = next(cell for cell in book.cells if "parameters" in cell.metadata.get("tags", []))
cell.source = cell.source.replace('GROUP = "niet_westers"', 'GROUP = "westers"')
NotebookClient(book, kernel_name="python3").execute()
"""


def clone(folder):
    """Give a fresh clone in which notebook 02 makes other files than those that lie there."""
    subprocess.run(["git", "clone", "-q", PROJECT, folder], check=True)
    words = folder / WORDS.relative_to(PROJECT)
    words.write_text(words.read_text("utf-8").replace("CBS StatLine", "CBS  StatLine"), "utf-8")
    return folder


def start(project, *words):
    """Start Python in a clone, with the code of the clone."""
    settings = os.environ | {"PYTHONPATH": str(project / "src"), "PYTHONUTF8": "1"}
    settings.pop("BEREIK_OUTPUT", None)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    place = project / "notebooks" if words[0] == "-c" else project
    return subprocess.Popen([sys.executable, *words], cwd=place, env=settings, **pipes)


def run(project, *words):
    """Start a run of notebook 02."""
    return start(project, "-m", "bereik", "run", "02", *words)


def done(process):
    """Wait, and give what was said, the last line first."""
    said, _ = process.communicate()
    return [f"status {process.returncode}", *said.strip().splitlines()[::-1]]


def state(project):
    """Give the content of every file that a run may touch."""
    paths = [
        path for name in ("figures", "data", "notebooks") for path in (project / name).rglob("*") if path.is_file()
    ]
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in paths}


def named(found, old, new):
    """Say which state it is."""
    mixed = sum(found.get(name) not in (old.get(name), new.get(name)) for name in {*found, *old, *new})
    return "old, whole" if found == old else "new, whole" if found == new else f"MIXED ({mixed} files are neither)"


def kills(folder, seed):
    """Kill a run at random moments, and one in the middle of putting files in place; then let the next command mend."""
    project, draw = clone(folder / "kills"), random.Random(seed)
    old, start_time = state(project), time.monotonic()
    done(run(project))
    new, whole = state(project), time.monotonic() - start_time
    yield "a run", f"{whole:.0f} s; {sum(old.get(name) != text for name, text in new.items())} files differ after it"
    for moment in [*sorted(draw.uniform(0, whole) for _ in range(KILLS)), None]:
        for name, text in old.items():
            (project / name).write_bytes(text)
        for name in new.keys() - old.keys():
            (project / name).unlink()
        project.joinpath(".cache", "run-project.json").unlink(missing_ok=True)
        process, journal = run(project), project / ".cache" / "journal.json"
        time.sleep(moment or 0)
        while moment is None and process.poll() is None and not journal.exists():
            time.sleep(0.0005)
        process.kill()
        process.communicate()
        found, left = named(state(project), old, new), journal.exists()
        done(start(project, "-m", "bereik", "check", "no_such_file.csv"))  # any command mends first
        what = f"killed after {moment:.0f} s" if moment else "killed while files were put in place"
        yield (
            what,
            f"found: {found}; journal: {'yes' if left else 'no'}; next command: {named(state(project), old, new)}",
        )
    done(run(project))
    yield "the run after the last kill", named(state(project), old, new)


def full_disk(folder):
    """Run on a small file system in memory that has no room for what the run makes."""
    place = folder / "full"
    place.mkdir()
    size = sum(path.stat().st_blocks * 512 for path in PROJECT.rglob("*") if ".git" not in path.parts[-3:]) >> 20
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={2 * size + 100}m", "tmpfs", place], check=False)
    if mounted.returncode:
        yield "a full disk", "not tried: mounting is not permitted here (tests/runner simulates it)"
        return
    try:
        project = clone(place / "project")
        old, filler = state(project), place / "filler"
        with filler.open("wb", buffering=0) as file:
            room = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
            file.write(bytes(room - (15 << 20)))  # the copy of the figures fits, what is made does not
        said = done(run(project))
        yield "a full disk (tmpfs)", f"{said[0]}; {named(state(project), old, {})}; said: {said[1][:200]}"
        filler.unlink()
        yield "the run after there is room", done(run(project))[0]
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def at_once(folder):
    """Start two runs, one second apart."""
    project = clone(folder / "two")
    first = run(project)
    time.sleep(1)
    second = run(project)
    one, two = done(first), done(second)
    yield "two runs at once", f"first {one[0]}, second {two[0]}; the second said: {two[-1][:100]} {two[-2]}"


def edited(folder):
    """Save the notebook while it runs."""
    project = clone(folder / "edited")
    process, path = run(project), project / "notebooks" / "02_forms_of_care.ipynb"
    time.sleep(5)
    mine = path.read_text("utf-8").replace("Exercises", "Exercises, with a note of mine")
    path.write_text(mine, "utf-8")
    said = done(process)
    kept = "kept" if path.read_text("utf-8") == mine else "LOST"
    yield "a reader saves the notebook meanwhile", f"{said[0]}; the reader's text is {kept}; said: {said[2][:120]}"


def exercise(folder):
    """Do exercise 1 of notebook 02 as in JupyterLab: another group, all cells."""
    project = folder / "exercise"
    subprocess.run(["git", "clone", "-q", PROJECT, project], check=True)
    status = done(start(project, "-c", EXERCISE))[0]
    changed = subprocess.run(
        ["git", "status", "--short"], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    yield "exercise 1 of notebook 02 in JupyterLab", f"{status}; git status: {changed or 'empty'}"


def main(seed="1"):
    """Try everything and write the table."""
    lines = [
        f"# Runs that are stopped\n\nMade by `python bench/crashes.py {seed}`.\n\n| what | outcome |\n| --- | --- |"
    ]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for rows in (exercise(folder), edited(folder), at_once(folder), full_disk(folder), kills(folder, int(seed))):
            for what, outcome in rows:
                lines.append(f"| {what} | {outcome} |")
                print(lines[-1], flush=True)
    about = "\nA kill does not test what a disk holds back when the power fails: the flushes before it (fsync) are by reading.\n"
    PROJECT.joinpath("bench", "crashes.md").write_text("\n".join([*lines, about]), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
