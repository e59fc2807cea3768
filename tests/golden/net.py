"""The golden net: what the project said at one commit, to rebuild its inside above. It goes when the rebuilding is done.

net.zip holds every table of figures/ and data/processed with its values before rounding, the text outputs of the notebooks, the
words of the page, and what the commands print. After every difference was looked at, it is made anew by
BEREIK_MAKE_NET=1 python run.py test notebooks tests/golden
"""

import csv
import io
import json
import math
import re
import tempfile
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

NET = Path(__file__).with_name("net.zip")
FIRST = ("status", "numerator", "denominator")
YOUTHS = "id,year,origin,sex,age\n1,2020,turkije,male,9\n2,2020,turkye,male,10\n2,2020,marokko,x,-4\n"
COMMANDS = (
    "--help", "run --help", "report --help", "check --help", "fetch --help", "run 99", "run --output ../x",
    "run --region Nergens", "run --data none.csv", "run --set REGION", "report --municipality Nergens --output none",
    "check none.csv", "check youths.csv", "fetch 82965NED --file none.csv", "fetch 1 --file none.csv",
)  # fmt: skip


def before_rounding(value):
    """Give how far a value may be from the one in the net."""
    return max(1e-9 * abs(value), 1e-12)


def in_files(value):
    """Give how far a value in a file may be from the net: half a unit of the seventh digit, or of the ninth decimal."""
    place = math.floor(math.log10(abs(value))) if value else -9
    return 0.501 * 10.0 ** max(place - 6, -9)


def collected(exact, project):
    """Give the net of a run: a text under each name."""
    net = {f"table/{path.name}": path.read_text(encoding="utf-8") for path in sorted(exact.glob("*.csv"))}
    for path in sorted((project / "notebooks").glob("*.ipynb")):
        net[f"notebook/{path.stem}.txt"] = "".join(_said(json.loads(path.read_text(encoding="utf-8"))))
    for path in sorted((project / "figures").rglob("*.html")):
        net[f"page/{path.name}.txt"] = _words(path.read_text(encoding="utf-8"))
    return net | {f"command/{words}.txt": _printed(words) for words in COMMANDS}


def differences(old, new):
    """Say each difference between two nets in a line, those of hidden rows first."""
    found = [f"{name}: only in {'the net' if name in old else 'this run'}" for name in sorted(old.keys() ^ new.keys())]
    for name in sorted(old.keys() & new.keys()):
        if name.startswith("table/"):
            found += table_differences(name, old[name], new[name], before_rounding)
        elif old[name] != new[name]:
            lines = zip(old[name].splitlines(), new[name].splitlines(), strict=False)
            found.append(
                next((f"{name}: {one!r} is now {two!r}" for one, two in lines if one != two), f"{name}: another length")
            )
    return sorted(found, key=lambda line: "(hidden)" not in line)


def table_differences(name, old, new, allowed):
    """Compare two tables column by column: status, numerator and denominator of hidden rows first."""
    one, two = (list(csv.DictReader(io.StringIO(text))) for text in (old, new))
    if not one or not two or len(one) != len(two) or list(one[0]) != list(two[0]):
        return [f"{name}: {len(one)} rows of {list(one[:1])} are now {len(two)} of {list(two[:1])}"]
    found = []
    for column in sorted(one[0], key=lambda column: (*FIRST, column).index(column)):
        for row, (before, after) in enumerate(zip(one, two, strict=True), start=1):
            if not _near(before[column], after[column], allowed):
                hidden = " (hidden)" if column in FIRST and before.get("status", "shown") != "shown" else ""
                found.append(f"{name}, row {row}, {column}{hidden}: {before[column]!r} is now {after[column]!r}")
    return found


def _near(before, after, allowed):
    try:
        old, new = float(before), float(after)
    except ValueError:
        return before == after
    return old == new or abs(old - new) <= allowed(old)


def _said(book):
    for number, cell in enumerate(book["cells"]):
        for output in cell.get("outputs", []):
            data = output.get("data", {"text/plain": output.get("text", "")})
            for kind in ("text/plain", "text/markdown"):
                if kind in data:
                    yield f"cell {number}: {''.join(data[kind])}\n"


def _words(page):
    page = re.sub(r"<(style|script|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]*>", "\n", page))


def _printed(words):
    from bereik.cli import main

    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(said), redirect_stderr(said):
        own = Path(folder, "youths.csv")
        own.write_text(YOUTHS, encoding="utf-8")
        try:
            status = main([str(own) if word == own.name else word for word in words.split()])
        except SystemExit as end:
            status = end.code
        return f"{said.getvalue().replace(folder, '')}exit status {status}\n"


def read():
    """Read the net."""
    with zipfile.ZipFile(NET) as kept:
        return {name: kept.read(name).decode() for name in kept.namelist()}


def write(net):
    """Write the net, the same bytes for the same texts."""
    with zipfile.ZipFile(NET, "w") as kept:
        for name, text in sorted(net.items()):
            kept.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_LZMA)
