"""Notebooks 07 and 08 run to the end whatever the file: what cannot be shown is a sentence, not a stop."""

import json

import pytest

import bereik
from bereik.texts import say

HERKOMST = {"nederlands": "nederland", "westers": "europa", "antillen_aruba": "nederlandse_cariben"}
HERKOMST |= {"overig_niet_westers": "overig_buiten_europa"}


@pytest.fixture(scope="module")
def youths():
    return bereik.example_youths(30_000).assign(source="individual data: own.csv", synthetic=False)


FILES = {
    "2,000 youths": lambda table: table.head(2_000),
    "5,000 youths, weights": lambda table: table.head(5_000).assign(weight=lambda rows: 0.5 + rows["age"] % 3),
    "30,000 youths, herkomst": lambda table: table.assign(
        origin_scheme="herkomst", origin=table["origin"].replace(HERKOMST)
    ),
    "one municipality": lambda table: table[table["municipality"] == "Rijswijk"],
    "youth help only": lambda table: table.rename(columns={"without_residence": "youth_help"}).drop(
        columns=["with_residence", "protection", "probation", "single_parent", "income_group", "generation"]
    ),
    "30,000 youths": lambda table: table,
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("number", ["07", "08"])
def test_a_notebook_runs_to_the_end_for_every_group_and_form(number, file, youths, project, monkeypatch, output):
    notebook = next((project / "notebooks").glob(f"{number}_*.ipynb"))
    cells = [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    code = ["".join(cell["source"]) for cell in cells if "parameters" not in cell["metadata"].get("tags", [])]
    monkeypatch.setattr(say, "write_figure", lambda *_, **__: None)  # what it says is made before it is drawn
    frame, real = FILES[file](youths), bereik.release
    forms = [
        name
        for name in ("without_residence", "with_residence", "protection", "probation", "youth_help")
        if name in frame
    ]
    pairs = [{"group": group, "form": form} for form in forms for group in sorted(frame["origin"].unique())[:-1]]
    tried = pairs[:: len(pairs) // 2] if file == "30,000 youths" and number == "07" else pairs[-1:]
    names = dict.fromkeys(["DATA", "MAP", "SCORE", "SCHEME", "BANDS", "YEAR", "GROUP", "REFERENCE", "FORM", "PLACE"])
    for asked in tried:
        monkeypatch.setattr(bereik, "release", lambda *_, asked=asked, **__: real(frame, **asked))
        exec("\n".join(code), names | {"LANGUAGE": "nl"})  # noqa: S102 the cells of the notebook
