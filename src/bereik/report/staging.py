"""Fills a folder at once: files are written beside it and moved when all are whole, or nothing changes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bereik.differences import unchanged
from bereik.errors import BereikError

__all__ = ["staged"]


@contextmanager
def staged(folder: Path | str) -> Iterator[Path]:
    """Write files to a folder beside the goal, and move them there when all are whole.

    Parameters
    ----------
    folder : path
        Where the files go; its other files are left alone.

    Returns
    -------
    context manager
        Gives the folder to write to; files in its subfolders go to the same subfolders of the goal.

    Raises
    ------
    BereikError
        When the disk is full or a file cannot be written or replaced: what was there before is still there, whole.

    Examples
    --------
    >>> goal = Path(tempfile.mkdtemp())
    >>> with staged(goal) as made:
    ...     _ = (made / "a.txt").write_text("whole", encoding="utf-8")
    >>> [path.name for path in goal.iterdir()]
    ['a.txt']
    """
    goal = Path(folder)
    try:
        goal.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".report-", dir=goal) as place:
            made, old = Path(place, "made"), Path(place, "old")
            made.mkdir()
            yield made
            _move(made, goal, old)
    except OSError as error:
        raise BereikError(
            f"the report cannot be written in {goal.name!r}: {error.strerror or error}",
            "a folder that can be written to, with room, and no file of it open in another program",
            "make room or close the file, and try again; the former report is still there, whole",
        ) from error


def _move(made: Path, goal: Path, old: Path) -> None:
    """Put each file in its place; when one cannot be, put back what was there."""
    done: list[tuple[Path, Path]] = []
    try:
        same = unchanged(made, goal)
        for file in sorted(path for path in made.rglob("*") if path.is_file()):
            name = file.relative_to(made)
            if name in same:
                continue
            target, kept = goal / name, old / name
            target.parent.mkdir(parents=True, exist_ok=True)
            kept.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                target.replace(kept)
            done.append((target, kept))
            file.replace(target)
    except OSError:
        for target, kept in reversed(done):
            target.unlink(missing_ok=True)
            if kept.exists():
                kept.replace(target)
        raise
