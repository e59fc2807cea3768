"""All that notebooks 07 and 08 show or write of a file is the same for two files with the same released counts."""

import ast
import json

import numpy as np
import pandas as pd
import pytest

import bereik

BANDS = ["0 low", "1 mid", "2 high"]
# youths and users; the second file has others where bands or groups are merged, and one or two more within the rounding
FIRST = {
    "nederlands": ([900, 300, 200], [90, 60, 80]),
    "suriname": ([300, 60, 50], [31, 4, 19]),
    "marokko": ([280, 70, 62], [30, 15, 22]),
    "antillen_aruba": ([60, 21, 14], [3, 4, 3]),
    "turkije": ([95, 33, 20], [12, 4, 9]),
}
SECOND = FIRST | {
    "nederlands": ([902, 299, 201], [91, 58, 81]),
    "suriname": ([299, 52, 59], [30, 9, 14]),
    "antillen_aruba": ([58, 22, 15], [5, 4, 3]),
    "turkije": ([97, 32, 19], [10, 4, 9]),
}
SEEN = FIRST | {"suriname": ([300, 60, 50], [31, 14, 19])}  # ten users more: that can be seen
FILES = {"first": FIRST, "second": SECOND, "seen": SEEN}


def write(cells, path):
    rows = [
        (group, band, use)
        for group, columns in cells.items()
        for band, size, users in zip(BANDS, *columns, strict=True)
        for use in [True] * users + [False] * (size - users)
    ]
    made = pd.DataFrame(rows, columns=["origin", "severity", "without_residence"]).assign(year=2022, age=8, sex="male")
    made = made.assign(id=np.arange(len(made)), municipality="Delft", generation="born_in_nl", income_group="low")
    made = made.assign(origin_scheme="migratieachtergrond", synthetic=False, source="individual data: own.csv")
    made.to_csv(path, index=False)


def kept(cells, folder):
    """What a release keeps of a file: all that the notebooks read."""
    folder.mkdir()
    write(cells, folder / "own.csv")
    before = set((folder.parent / ".cache").glob("release-*.json"))
    made = bereik.release(folder / "own.csv", score="severity")
    (file,) = set((folder.parent / ".cache").glob("release-*.json")) - before
    return json.loads(file.read_text("utf-8")), made.about


def test_files_with_the_same_released_counts_give_the_same_release(small):
    first, second, seen = (kept(cells, small.folder / name) for name, cells in FILES.items())
    for name, table in first[0]["tables"].items():
        assert table == second[0]["tables"][name], name
    assert first == second
    assert seen[0]["tables"]["by_severity"] != first[0]["tables"]["by_severity"]


@pytest.mark.parametrize("book", ["07_access_gap", "08_what_explains_it"])
def test_a_notebook_reads_persons_through_the_release_only(book, project):
    """Then all it shows, draws, writes and says is a function of released counts: pictures, axes, texts, workbooks, logs."""
    cells = json.loads((project / "notebooks" / f"{book}.ipynb").read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    parameters = next(cell for cell in code if "DATA = " in cell)
    rest = ast.parse("\n".join(cell for cell in code if cell != parameters))
    called = [one for one in ast.walk(rest) if isinstance(one, ast.Call) and ast.unparse(one.func) == "bereik.release"]
    given = {name.id for one in called for name in ast.walk(one) if isinstance(name, ast.Name)}
    used = [name.id for name in ast.walk(rest) if isinstance(name, ast.Name) and name.id in ("DATA", "MAP")]
    assert len(called) == 1
    assert sorted(used) == sorted(given & {"DATA", "MAP"}) == ["DATA", "MAP"]
    readers = {
        "read_youths",
        "example_youths",
        "count",
        "read_csv",
        "read_parquet",
        "read_excel",
        "open",
        "scan_parquet",
    }
    assert not readers & {one.attr for one in ast.walk(rest) if isinstance(one, ast.Attribute)}
    assert not readers & {one.id for one in ast.walk(rest) if isinstance(one, ast.Name)}
