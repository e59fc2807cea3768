"""For each of the 42 youth-care regions notebooks 01-06, 10 and 12 run to the end; what is not published is a sentence."""

import ast
import json
import pickle
import re
import sys
from copy import copy

import pytest

import bereik
from bereik import monitoring
from bereik.data import population_model
from bereik.data.load import load
from bereik.pilot import effect
from bereik.texts import say

NUMBERS = ("01", "02", "03", "04", "05", "06", "10", "12")
REGIONS = bereik.codelist("regions", "jeugdregio")["name"].tolist()
SEEN, READ = {}, {}  # what a cell made of the same values, in this process; the code of a notebook


def cells(project, number):
    """The cells with code; of each the value of its last line is kept, as a notebook shows it."""
    (file,) = (project / "notebooks").glob(f"{number}_*.ipynb")
    for cell in json.loads(file.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            if isinstance(tree.body[-1], ast.Expr):
                shown = ast.Assign([ast.Name("_shown", ast.Store())], tree.body[-1].value)
                tree.body[-1] = ast.fix_missing_locations(ast.copy_location(shown, tree.body[-1]))
            words = set(re.findall(r"\w+", "".join(cell["source"])))
            yield compile(tree, number, "exec"), words, "parameters" in cell["metadata"].get("tags", [])


def mark(value):
    try:
        return pickle.dumps(value)
    except (TypeError, AttributeError, pickle.PicklingError):  # a module
        return id(value)


def run(book, region):
    """Run the cells for a region, but for those that were run on the same values; give what they show."""
    names = {}
    for position, (code, words, parameters) in enumerate(book):
        key = (id(book), position, *((name, mark(names[name])) for name in sorted(words & names.keys())))
        if key not in SEEN:
            made = {**names}
            exec(code, made)  # noqa: S102 the cells of the notebook
            SEEN[key] = {name: value for name, value in made.items() if name not in names or names[name] is not value}
        names |= SEEN[key]
        if parameters:
            names["REGION"] = region
        yield position, names.pop("_shown", None)


def memo(function, key=mark):
    """Compute once in this process what does not depend on the region."""
    kept = {}

    def quick(*given, **options):
        asked = key((given, options))
        if asked not in kept:
            kept[asked] = function(*given, **options)
        return copy(kept[asked])

    return quick


def but_one(asked):
    """Of the comparisons that leave out one region at a time only the first is computed."""
    (rows, region), options = asked
    return mark((region, len(rows), rows["form"].iloc[0], rows["period_kind"].iloc[0], options))


ONCE = [(bereik, "specifications"), (population_model, "read_published")]
QUICK = [(module, name, memo(getattr(module, name))) for module, name in ONCE]
QUICK += [(effect, "_seen_from", memo(effect._seen_from, lambda asked: mark(asked[0][:2])))]
QUICK += [(monitoring, "specifications", QUICK[0][2])]
QUICK += [(bereik.pilot, "difference_in_differences", memo(bereik.pilot.difference_in_differences, but_one))]
LOAD = memo(load)


@pytest.fixture
def quick(monkeypatch, output):
    monkeypatch.setattr(say, "write_figure", lambda *_, **__: None)  # what it says is made before it is drawn
    monkeypatch.setattr(bereik, "save_table", lambda *_: output)
    for module in [module for name, module in sys.modules.items() if name.startswith("bereik")]:
        if getattr(module, "load", None) is load:
            monkeypatch.setattr(module, "load", LOAD)
    for module, name, function in QUICK:
        monkeypatch.setattr(module, name, function)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("region", REGIONS)
def test_a_notebook_runs_to_the_end_for_every_region(region, number, project, quick):
    book = READ.setdefault(number, list(cells(project, number)))
    for position, shown in run(book, region):
        said = str(getattr(shown, "data", shown))
        assert not re.search(r"\bnan\b|<NA>", said) or hasattr(shown, "columns"), f"cell {position}: {said}"
