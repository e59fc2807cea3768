"""Notebook 09 on lists of a reader: it runs with whatever lists there are, and tells nothing of the pilot of this collection."""

import ast
import json
import re

import pytest

from bereik.pilot import example_pilot, published_facts


def told(project, number, **parameters):
    """Run the cells of a notebook with other parameters; give what each shows."""
    (path,) = (project / "notebooks").glob(f"{number}_*.ipynb")
    cells, names, shown = json.loads(path.read_text(encoding="utf-8"))["cells"], {}, []
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        source = "".join(cell["source"])
        for name, value in parameters.items():
            source = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value!r}", source)
        *lines, last = ast.parse(source).body
        lines += [] if isinstance(last, ast.Expr) else [last]
        exec(compile(ast.Module(lines, []), number, "exec"), names)  # noqa: S102 the cells of the notebook
        if isinstance(last, ast.Expr):
            shown.append(str(eval(compile(ast.Expression(last.value), number, "eval"), names)))  # noqa: S307
    return "\n".join(shown)


LISTS = {
    "every list": list(example_pilot()._fields),
    "participants only": ["participants", "organisations"],
    "answers at the start": ["participants", "organisations", "answers"],
}


@pytest.mark.parametrize("lists", LISTS.values(), ids=LISTS)
def test_own_lists_run_to_the_end_and_nothing_of_another_pilot_is_told(project, tmp_path, output, lists):
    pilot = example_pilot()
    for name in lists:
        own = getattr(pilot, name).drop(columns=["synthetic", "source"])
        own.to_csv(tmp_path / f"{name}.csv", index=False)
    if len(lists) == 3:  # only four people answered at the start and afterwards: too few to show a change
        few = pilot.answers[pilot.answers["participant"].isin(["P01", "P02", "P03", "P04"])]
        few.drop(columns=["synthetic", "source"]).to_csv(tmp_path / "answers.csv", index=False)
    shown = told(project, "09", PILOT=str(tmp_path))
    assert "These are your own lists" in shown
    assert "Made-up" not in shown
    for fact in published_facts("pilot")["en"]:
        assert fact not in shown
    assert not re.search(r"Haaglanden|Haagse|KIS|RAAK|10.12", shown)
    assert ("There is no list of tools" in shown) == (len(lists) < 8)
