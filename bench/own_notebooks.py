"""Notebooks 07 and 08 on files of all kinds, for every group and form of care: they run to the end, and say what is not shown.

Run: python bench/own_notebooks.py; the tables are written to bench/own_notebooks.md. A file is released once; what a notebook
computes from the same counts is computed once; no figure is drawn, but its texts are made. The tests run a pair when a table is
shown in a way that no pair before had. Last, all is drawn and written for two files of which the same is released.
"""

import ast
import importlib
import json
import time
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import cycle, product
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from IPython.core.formatters import DisplayFormatter

import bereik
from bereik.plot import write as plot_write
from bereik.plot.write import write_figure
from bereik.texts import say

ROOT = Path(__file__).resolve().parents[1]
RELEASE = importlib.import_module("bereik.data.release")
HERKOMST = {"nederlands": "nederland", "westers": "europa", "antillen_aruba": "nederlandse_cariben"}
HERKOMST |= {"overig_niet_westers": "overig_buiten_europa"}
SIZES = (2_000, 5_000, 30_000, 300_000)
ESTIMATORS = [
    "access_gap",
    "misreporting_grid",
    "tipping_point",
    "decompose",
    "adjusted_disparity",
    "severity_gradient",
]
ESTIMATORS += ["use_rates", "standardise"]
NAMES = ["DATA", "MAP", "SCORE", "SCHEME", "BANDS", "YEAR", "GROUP", "REFERENCE", "FORM", "PLACE"]


def own(youths):
    """Say that the persons of the example are those of a file."""
    return youths.assign(source="individual data: own.csv", synthetic=False)


def in_herkomst(youths):
    """Name the origins by the classification in use since 2022."""
    return youths.assign(origin_scheme="herkomst", origin=youths["origin"].replace(HERKOMST))


def weighted(youths):
    """Give every youth a weight."""
    return youths.assign(weight=0.5 + youths["age"] % 3)


def with_little(youths):
    """Keep what a file must have: one form of care, no circumstances."""
    more = ["with_residence", "protection", "probation", "single_parent", "income_group", "generation"]
    of_care = youths.loc[:, "referrer":"satisfaction"]
    return youths.rename(columns={"without_residence": "youth_help"}).drop(columns=[*more, *of_care])


FORMS_OF_FILE = {  # the same persons in each scheme, with and without weights
    "as it is": lambda youths: youths,
    "weights": weighted,
    "herkomst": in_herkomst,
    "herkomst, weights": lambda youths: weighted(in_herkomst(youths)),
}


def files(youths):
    """Give by name what makes each file: sizes, the municipalities of the example, one with few columns, the example."""
    made = {f"{size:,} youths": lambda size=size: own(youths.head(size)) for size in SIZES}
    for town in sorted(youths["municipality"].unique()):
        made[town] = lambda town=town: own(youths[youths["municipality"] == town])
    made["few columns"] = lambda: own(with_little(youths.head(SIZES[2])))
    return made | {"the example": lambda: youths.head(SIZES[2])}


def cells_of(number):
    """Give the cells of code of a notebook, but for its parameters."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    return ["".join(cell["source"]) for cell in cells if "parameters" not in cell["metadata"].get("tags", [])]


def run(number, **parameters):
    """Run the cells of a notebook, and give what each shows."""
    names, shown = dict.fromkeys(NAMES) | parameters, []
    for cell in cells_of(number):
        body = ast.parse(cell).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), number, "exec"), names)  # noqa: S102 the cells of the notebook
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), number, "eval"), names))  # noqa: S307
    return shown


@contextmanager
def released_once(persons):
    """Let `release` read these persons once, estimators compute once from the same counts, and nothing be drawn."""
    made = RELEASE._made(persons, None, {})
    with ExitStack() as stack:
        stack.enter_context(patch.object(RELEASE, "_made", lambda *_: made))
        stack.enter_context(patch.object(say, "write_figure", lambda *_, **__: None))
        for name in ESTIMATORS:
            stack.enter_context(patch.object(bereik, name, remembered(getattr(bereik, name))))
        yield


def remembered(function):
    """Compute the same only once."""
    kept = {}

    def given(table, **options):
        key = (table.to_csv(), repr(options))
        if key not in kept:
            kept[key] = function(table, **options)
        return kept[key].copy()

    return given


def pairs(persons, sides=("group", "reference")):
    """Give what can be asked: nothing, then every group and every reference by every form of care."""
    made = bereik.release(persons)
    groups = [code for code in made["by_origin"]["origin"].cat.categories if code != "rest"]
    return [{}, *({who: code, "form": form} for who, code, form in product(sides, groups, made.forms))]


def ways_of(number, persons, asked):
    """Tell of each table that a notebook reads how the group and how the reference are shown: each way has other words."""
    made, code, found = bereik.release(persons, **asked), "".join(cells_of(number)), set()
    for name, table in made.tables.items():
        unit = next((column for column in ("main_origin", "origin") if column in table), None)
        if name in code and "status" in table and unit:
            about = made.main if unit == "main_origin" else made.about
            rows = table[table["form"] == about["form"]] if "form" in table else table
            of_both = [rows[rows[unit] == about[who]]["status"] for who in ("group", "reference")]
            shown = [(len(one) > 0, *((one == "shown").sum() > least for least in (0, 1))) for one in of_both]
            found.add((number, name, *shown))
    return found


def ends(number, persons, asked):
    """Run a notebook for what is asked; give the error that stopped it, or nothing."""
    try:
        run(number, DATA=persons, LANGUAGE="nl", **{name.upper(): value for name, value in asked.items()})
    except Exception as error:  # whatever stops a notebook is a finding
        return f"{number} {asked}: {type(error).__name__}: {error}"
    return ""


# --- two files with the same release ------------------------------------------------------------------------------------

FORMS = ["without_residence", "with_residence", "protection", "probation"]
# the first score above normal by Dutch norms
NOT_NORMAL = {3: 8, **dict.fromkeys(range(4, 12), 11), **dict.fromkeys(range(12, 15), 9)}
IN_REST = ["turkije", "marokko", "antillen_aruba"]  # in every table with severity


@cache
def persons_of(which):
    """Give each youth five times, so that all counts are multiples of five: two more or less in a cell are rounded away."""
    youths = own(bereik.example_youths(3_000)).drop(columns=["referrer", "care_start"])  # of those in care only
    youths = youths.loc[youths.index.repeat(5)].reset_index(drop=True)
    youths["id"] = [f"youth {at}" for at in range(len(youths))]
    if which == "seen":  # as the first, and 25 more of Dutch origin in care
        more = youths["origin"].eq("nederlands") & youths["age"].between(4, 11) & ~youths["without_residence"]
        return youths.assign(without_residence=youths["without_residence"] | (more & (more.cumsum() <= 25)))
    return youths if which == "first" else changed(youths)


def changed(youths, seed=2):
    """Change youths within cells that are merged, in the rest or rounded, scores and ages within their bands, and the order."""
    draw, made = np.random.default_rng(seed), youths.copy()
    first = made["age"].map(NOT_NORMAL).astype("Int64")
    above = (made["sdq_parent"] >= first).fillna(False)  # borderline and clinical are merged in every table
    made["sdq_parent"] = made["sdq_parent"].mask(above, first.where(draw.random(len(made)) < 0.7, 40))
    same = made["age"].between(4, 11)
    made.loc[same, "age"] = draw.permutation(made.loc[same, "age"])
    alike = made["origin"].isin(IN_REST) & (made["sdq_parent"] >= 0).fillna(False) & first.notna()
    alike &= ~made[FORMS].any(axis=1) & made[["sdq_teacher", "sdq_self"]].isna().all(axis=1)
    made.loc[alike, "origin"] = draw.permutation(made.loc[alike, "origin"])
    for form, use in product(FORMS, (True, False)):
        made.loc[draw.choice(made.index[youths[form] == use], 2, replace=False), form] = not use
    return made.sample(frac=1, random_state=seed).assign(id=lambda rows: range(len(rows)))


@cache
def made_of(which):
    """Release one of these files."""
    return RELEASE._made(persons_of(which), None, {})


def written(number, which, folder, drawn=None):
    """Give every file that a notebook writes of these persons, and all that it shows; of a figure that is not drawn its data."""

    def write(key, draw, data, *, texts, **more):
        if drawn is None or key in drawn:
            return write_figure(key, draw, data, texts=texts, **more)
        return f"{key} {data.to_csv()} {texts}"

    folder.mkdir()
    made = made_of(which)
    with ExitStack() as stack:
        stack.enter_context(patch.dict("os.environ", {"BEREIK_OUTPUT": str(folder)}))
        stack.enter_context(patch.object(RELEASE, "_made", lambda *_: made))
        stack.enter_context(patch.object(say, "write_figure", write))
        if drawn is not None:
            stack.enter_context(patch.object(plot_write, "_png", lambda *_: b""))
        shown = run(number, DATA=persons_of(which), LANGUAGE="en")
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return files, [DisplayFormatter().format(each)[0] for each in shown]


def compared():
    """Draw everything, and count the files and the cells that differ from those of the first file."""
    rows = ""
    with TemporaryDirectory() as place:
        for number in ("07", "08"):
            made = {
                which: written(number, which, Path(place, number + which)) for which in ("first", "changed", "seen")
            }
            (files, shown), *others = made.values()
            for name, (there, told) in zip(("equal release", "control"), others, strict=True):
                other = sum(files.get(path) != there.get(path) for path in files.keys() | there.keys())
                cells = sum(one != two for one, two in zip(shown, told, strict=True))
                rows += f"| {number} | {name} | {len(files)} | {other} | {len(shown)} | {cells} |\n"
    return rows


def main():
    """Write the tables."""
    start, rows, stopped = time.perf_counter(), "", []
    youths = bereik.example_youths(max(SIZES))
    for (name, file), (form, as_form) in zip(files(youths).items(), cycle(FORMS_OF_FILE.items()), strict=False):
        persons = as_form(file())
        with TemporaryDirectory() as place, patch.dict("os.environ", BEREIK_OUTPUT=place), released_once(persons):
            asked = pairs(persons, ["group"])
            faults = [fault for one in product(("07", "08"), asked) if (fault := ends(one[0], persons, one[1]))]
        stopped += [f"{name}, {form}: {fault}" for fault in faults]
        rows += f"| {name} | {form} | {len(persons):,} | {len(asked)} | {len(faults)} |\n"
        print(rows.splitlines()[-1], *faults, flush=True)
    text = f"""# Notebooks 07 and 08 on files of all kinds

Made by `python bench/own_notebooks.py`, {(time.perf_counter() - start) / 60:.0f} minutes on shared cores. Every cell of both
notebooks, without drawing, for what is shown when nothing is asked and for every group by every form of care.

| file | as | youth-years | asked | stopped |
| --- | --- | --: | --: | --: |
{rows}
Everything drawn and written for two files of {len(persons_of("first")):,} youths that differ only in what is merged, in the rest
or rounded (equal release), and for one with 25 users more in a cell that is released (control):

| notebook | file | files | that differ | cells that show something | that differ |
| --- | --- | --: | --: | --: | --: |
{compared()}"""
    print(text, *stopped, sep="\n")
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
