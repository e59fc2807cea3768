"""Says whether two files tell a reader the same: values by value, words by letter, drawings by shape.

Processors differ in the last digits of a sum, and so in the 10th digit of a table or a hundredth of a point of a drawing. A run
leaves a file as it is when what it made anew differs by such noise only, and the tests compare by the same rule.
"""

import csv
import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

_RELATIVE, _ABSOLUTE, _POINTS = 1e-6, 1e-9, 0.021
_PLACE = re.compile(r'((?<= )(?:d|points|viewBox|x|x1|x2|y|y1|y2|width|height)="|(?:translate|rotate)\()([^")]*)')
_PATH = 'd="'
_STEP = re.compile(r"([MmLlHhVvQqCcZz])([^MmLlHhVvQqCcZz]*)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_PICTURE = re.compile(r"(?<=data:image/png;base64,)[\w+/=]+")
_DERIVED = {".png": (".svg",), ".xlsx": (".csv", ".json", ".html")}  # what such a file is made from, if it is beside it


def difference(kept: Path, made: Path) -> str:
    r"""Say in one line where two files differ, or nothing when they tell the same.

    Parameters
    ----------
    kept, made : pathlib.Path
        Two files of one kind.

    Returns
    -------
    str
        Empty when equal: CSV as values (to a millionth; whole numbers exactly), SVG and HTML as text with places to 0.02
        points, notebooks without their pictures, all else as it is.

    Examples
    --------
    >>> import tempfile
    >>> one, two = (Path(tempfile.mkdtemp()) / "a.csv" for _ in range(2))
    >>> _ = one.write_text("region,value\nDelft,12.5\n"), two.write_text("region,value\nDelft,12.6\n")
    >>> difference(one, two)
    'a.csv, row 1, value: 12.5 kept, 12.6 made'
    """
    if not kept.is_file() or not made.is_file():
        return f"{made.name}: only {'made' if made.is_file() else 'kept'}"
    if kept.read_bytes() == made.read_bytes():
        return ""
    if made.suffix in (".pdf", ".png", ".xlsx"):
        return f"{made.name}: other bytes"
    compare = {".csv": _tables, ".svg": _drawings, ".html": _drawings, ".ipynb": _notebooks}.get(made.suffix, _words)
    line = compare(*(path.read_text(encoding="utf-8") for path in (kept, made)))
    return f"{made.name}, {line}" if line else ""


def unchanged(made: Path, kept: Path) -> set[Path]:
    """Find the files of a folder that tell the same as those kept elsewhere, so that these can stay as they are.

    Parameters
    ----------
    made, kept : pathlib.Path
        A folder with new files, and the one with those of before; files in folders below are compared too.

    Returns
    -------
    set of pathlib.Path
        Their names, relative to the folder. A picture stays when its SVG does, a workbook when the numbers and texts do, a
        notebook when its words and all its pictures do.
    """
    names = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    derived = {name for name in names if name.suffix in _DERIVED}
    same = {name for name in names - derived if not difference(kept / name, made / name)}
    for name in derived:
        parts = {name.with_suffix(kind) for kind in _DERIVED[name.suffix]} & names
        same |= {name} if (kept / name).is_file() and parts and parts <= same else set()
    redrawn = any(name.suffix == ".png" for name in names - same)
    return {name for name in same if not (redrawn and name.suffix == ".ipynb")}


def _tables(kept: str, made: str) -> str:
    one, two = (list(csv.reader(text.splitlines())) for text in (kept, made))
    if [len(one), one[:1]] != [len(two), two[:1]]:
        return f"{len(one)} lines with {one[:1]} kept, {len(two)} with {two[:1]} made"
    for at, (old, new) in enumerate(zip(one, two, strict=True)):
        for name, before, after in zip_longest(one[0], old, new, fillvalue=""):
            if before != after and not _near(before, after):
                return f"row {at}, {name}: {before or 'empty'} kept, {after or 'empty'} made"
    return ""


def _near(before: str, after: str) -> bool:
    """Compare by value, but whole numbers to the last digit: a count and a code have no noise."""
    try:
        old, new = float(before), float(after)
    except ValueError:
        return False
    return "." in before + after and abs(old - new) <= _ABSOLUTE + _RELATIVE * abs(old)


def _drawings(kept: str, made: str) -> str:
    """Compare all but the places letter by letter, and the places one by one."""
    shapes = [_PLACE.sub(lambda match: match[1] + _letters(*match.groups()), text) for text in (kept, made)]
    if shapes[0] != shapes[1]:
        return _words(*shapes)
    places = [[number for match in _PLACE.findall(text) for number in _numbers(*match)] for text in (kept, made)]
    pairs = zip(*places, strict=True)
    return next((f"a place at {old:g} kept, {new:g} made" for old, new in pairs if abs(old - new) > _POINTS), "")


def _letters(name: str, value: str) -> str:
    if name == _PATH:
        return "".join("L" if letter in "LlHhVv" else letter.upper() for letter, _ in _STEP.findall(value))
    return _NUMBER.sub("0", value)


def _numbers(name: str, value: str) -> Iterator[float]:
    """Give the numbers of a place; those of a path as distances from its origin, however its steps are written."""
    if name != _PATH:
        yield from map(float, _NUMBER.findall(value))
        return
    here = [0.0, 0.0]
    for letter, words in _STEP.findall(value):
        steps = [float(number) for number in _NUMBER.findall(words)]
        axis = {"h": 0, "v": 1}.get(letter.lower())
        axes = [axis] * len(steps) if axis is not None else [at % 2 for at in range(len(steps))]
        ends = [step + (here[at] if letter.islower() else 0.0) for at, step in zip(axes, steps, strict=True)]
        for at, end in list(zip(axes, ends, strict=True))[-2:]:
            here[at] = end
        yield from here if axis is not None else ends


def _notebooks(kept: str, made: str) -> str:
    books = [json.loads(_PICTURE.sub("", text)) for text in (kept, made)]
    return _words(*(json.dumps(book, ensure_ascii=False, indent=1) for book in books))


def _words(kept: str, made: str) -> str:
    """Show the surroundings of the first letter that differs."""
    pairs = enumerate(zip_longest(kept, made))
    at = next((at for at, (old, new) in pairs if old != new), None)
    if at is None:
        return ""
    line, start = kept.count("\n", 0, at) + 1, max(0, at - 30)
    return f"line {line}: {kept[start : at + 30]!r} kept, {made[start : at + 30]!r} made"
