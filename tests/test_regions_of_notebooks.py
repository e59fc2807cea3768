"""Notebooks with other values: every youth-care region, every exercise, every value of a parameter, own lists.

They run to the end, and what is not published is a sentence.
"""

import ast
import json
import pickle
import re
import sys
import textwrap
from copy import copy
from itertools import pairwise
from pathlib import Path

import pytest

import bereik
from bereik.data import population_model
from bereik.data.load import load
from bereik.pilot import effect, example_pilot, published_facts
from bereik.rates import specifications
from bereik.texts import say

NUMBERS = ("01", "02", "03", "04", "05", "06", "10", "12")
REGIONS = bereik.codelist("regions", "jeugdregio")["name"].tolist()
FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
SPEAKS = {"LANGUAGE", "say", "table", "figure", "method", "label"}  # what a cell does in the language that was chosen
SEEN, READ = {}, {}  # what a cell made of the same values, in this process; the code of a notebook


def sources(number):
    (file,) = FOLDER.glob(f"{number}_*.ipynb")
    return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(file.read_text("utf-8"))["cells"]]


def cells(number):
    """The cells with code; of each the value of its last line is kept, as a notebook shows it."""
    for kind, source in sources(number):
        if kind == "code":
            tree = ast.parse(source)
            if isinstance(tree.body[-1], ast.Expr):
                shown = ast.Assign([ast.Name("_shown", ast.Store())], tree.body[-1].value)
                tree.body[-1] = ast.fix_missing_locations(ast.copy_location(shown, tree.body[-1]))
            words = set(re.findall(r"\w+", source))
            yield compile(tree, number, "exec"), words, "\nbereik.language(LANGUAGE)" in source


def mark(value):
    try:
        return pickle.dumps(value)
    except (TypeError, AttributeError, pickle.PicklingError):  # a module
        return id(value)


def run(number, **values):
    """Run a notebook with other values, but for the cells that were run on the same; give its names, and what each cell shows."""
    names, told, language = {}, [], values.get("LANGUAGE", "en")
    book = READ[number] = READ.get(number) or list(cells(number))
    for position, (code, words, parameters) in enumerate(book):
        used = sorted(words & names.keys())
        key = (number, position, language * bool(words & SPEAKS), *((name, mark(names[name])) for name in used))
        if key not in SEEN:
            made = {**names}
            exec(code, made)  # noqa: S102 the cells of the notebook
            SEEN[key] = {name: value for name, value in made.items() if name not in names or names[name] is not value}
        names |= SEEN[key]
        if parameters:
            assert values.keys() <= names.keys()
            names |= values
            bereik.language(language)
        shown = names.pop("_shown", None)
        said = str(getattr(shown, "data", shown))
        assert not re.search(r"\bnan\b|<NA>", said) or hasattr(shown, "columns"), f"cell {position}: {said}"
        told.append(said)
    return names, told


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


ONCE = [(specifications, "_use"), (specifications, "_need"), (population_model, "read_published")]
QUICK = [(module, name, memo(getattr(module, name))) for module, name in ONCE]
QUICK += [(effect, "_seen_from", memo(effect._seen_from, lambda asked: mark(asked[0][:2])))]
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
def test_a_notebook_runs_to_the_end_for_every_region(region, number, quick):
    _, told = run(number, REGION=region)
    assert number not in ("01", "02") or region == "Haaglanden" or "Haaglanden" not in "".join(told)


BOOKS = [path.stem[:2] for path in sorted(FOLDER.glob("*.ipynb"))]
SETTING = r"`([A-Z_]+)` to [^`.]*`([^`]+)`"
DONE = {  # exercises that are more than a setting: other values, or what is true at the end
    "00.2": """bereik.use_rates(bereik.implied_population(chosen, by=["region"]), by=["region"], interval="clopper_pearson"
        ).eval("upper - lower").gt(places.eval("upper - lower")).all()""",
    "06.2": {"SHARES": ["surinamese_antillean", "other_non_western"]},
    "09.1": """[len(bereik.pilot.paired_change(drawn.answers, drawn.participants)) > 0 < len(bereik.pilot.true_values())
        for drawn in [bereik.pilot.example_pilot(seed=1)]] == [True]""",
    "09.2": """len(bereik.pilot.recruitment(example, {"accessibility": (14, 16)})) > 0""",
    "11.1": """bereik.pilot.tie_measures(bereik.pilot.example_pilot("ties_after", seed=1)).measure.eq("ei_index").any()""",
    "11.2": """(made_up["before"].ties["from_organisation"] != made_up["before"].ties["from_organisation"].iloc[0]).any()""",
}


def exercises():
    for number in BOOKS:
        (text,) = [source for _, source in sources(number) if source.startswith("## Exercises")]
        parts = re.split(r"^(\d)\. ", text, flags=re.MULTILINE)[1:]
        yield from ((number, which, task) for which, task in list(pairwise(parts))[::2])


def others():
    """Each other value that the comment of a parameter names: `also "a", "b"`, `"en" or "nl"`, the scores of the example."""
    for number in BOOKS:
        for _, source in sources(number):
            for name, comment in re.findall(r"^([A-Z]+) = .*# (.+)", source, re.MULTILINE):
                named = re.findall(r"also (.+)|\bor \"(nl)\"|\b(sdq_\w+)", comment)
                for value in re.findall(r"[^\s,\"]+", " ".join(word for words in named for word in words)):
                    yield number, name, value


@pytest.mark.parametrize(("number", "which", "task"), list(exercises()), ids=lambda word: word[:4])
def test_every_exercise_runs_and_shows_something_else(number, which, task, quick):
    values, todo = dict(re.findall(SETTING, task)), DONE.get(f"{number}.{which}", {})
    values = {name: ast.literal_eval(value) for name, value in values.items()} or todo
    names, told = run(number, **(values if isinstance(values, dict) else {}))
    if isinstance(todo, str):
        asked = re.findall(r"`([^`\n]+[(=][^`]+)`", task)
        assert all(code in todo for code in asked), "the exercise says something else"
        assert eval(todo, names)  # noqa: S307
    elif code := re.search(r"```python\n(.+?)```", task, re.DOTALL):
        exec(textwrap.dedent(code.group(1)), names)  # noqa: S102
    else:
        assert values, "an exercise that nothing here does"
        assert told != run(number)[1]


@pytest.mark.parametrize(("number", "name", "value"), list(others()))
def test_every_value_that_a_parameter_names_gives_something(number, name, value, quick):
    assert len(run(number, **{name: value})[1]) > 5


LISTS = {  # of a reader
    "every list": list(example_pilot()._fields),
    "participants only": ["participants", "organisations"],
    "answers at the start": ["participants", "organisations", "answers"],
}


@pytest.mark.parametrize("lists", LISTS.values(), ids=LISTS)
def test_own_lists_run_to_the_end_and_nothing_of_another_pilot_is_told(tmp_path, output, lists):
    pilot = example_pilot()
    for name in lists:
        own = getattr(pilot, name).drop(columns=["synthetic", "source"])
        own.to_csv(tmp_path / f"{name}.csv", index=False)
    if len(lists) == 3:  # only four people answered at the start and afterwards: too few to show a change
        few = pilot.answers[pilot.answers["participant"].isin(["P01", "P02", "P03", "P04"])]
        few.drop(columns=["synthetic", "source"]).to_csv(tmp_path / "answers.csv", index=False)
    shown = "\n".join(run("09", PILOT=str(tmp_path))[1])
    assert "These are your own lists" in shown
    assert "Made-up" not in shown
    for fact in published_facts("pilot")["en"]:
        assert fact not in shown
    assert not re.search(r"Haaglanden|Haagse|KIS|RAAK|10.12", shown)
    assert ("There is no list of tools" in shown) == (len(lists) < 8)
