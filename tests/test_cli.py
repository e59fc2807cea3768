"""The command line: what `bereik run --region` runs, where it writes, and what it refuses."""

import json

import nbformat
import pytest

import bereik
from bereik.cli import _parser, main

SAYS_REGION = """\
import os, pathlib
folder = pathlib.Path(os.environ["BEREIK_OUTPUT"]) / "data" / "processed"
folder.mkdir(parents=True)
(folder / "01_made.json").write_text('"' + REGION + '"')
"""


@pytest.fixture
def project_of_two(small):
    """A project with one notebook that has the parameter REGION, and one that has none."""
    small("01_region", SAYS_REGION, parameters='REGION = "Haaglanden"')
    small("02_no_region", "raise ValueError('this notebook has no REGION and must not run')")
    return small.folder


def region_of(folder):
    return json.loads((folder / "data" / "processed" / "01_made.json").read_text())


def test_a_region_is_found_forgivingly_and_goes_to_its_own_folder(project_of_two, capsys, contents):
    before = contents(project_of_two)
    assert main(["run", "--region", "utrecht  WEST"]) == 0
    assert "output/utrecht-west/figures" in capsys.readouterr().out
    assert region_of(project_of_two / "output" / "utrecht-west") == "Utrecht West"
    assert main(["run", "01", "--region", "Arnhem", "--output", "mine"]) == 0
    assert region_of(project_of_two / "output" / "mine") == "Centraal Gelderland"
    after = contents(project_of_two)
    assert {path: after[path] for path in before} == before, "the project's own files stay as they are"
    assert not (project_of_two / "figures").exists()


def test_own_data_and_settings_reach_the_notebooks_that_have_them(small):
    small("01_other", "raise ValueError('this notebook has none of them')")
    small("07_own", "print([DATA.split('/')[-1], SCORE, BANDS])", parameters="DATA = None\nSCORE = 1\nBANDS = None")
    (small.folder / "my youths.csv").write_text("id\n1\n")
    assert main(["run", "--data", "my youths.csv", "--set", "SCORE=sdq_teacher", "--set", "BANDS=['low', 'high']"]) == 0
    (path,) = (small.folder / "output" / "my-youths" / "notebooks").iterdir()
    assert nbformat.read(path, 4).cells[1].outputs[0].text == "['my youths.csv', 'sdq_teacher', ['low', 'high']]\n"


REFUSED = [("--region=Rijnmnd", "did you mean 'Rijnmond'"), ("--region=Delft", "Unknown region 'Delft'")]
REFUSED += [("--data=no_such.csv", "No file or folder no_such.csv"), ("--output=../elsewhere", "output name")]
REFUSED += [(f"--set={setting}", "NAME=VALUE") for setting in ("SCORE", "SCORE=", "=3", " = ")]


@pytest.mark.parametrize(("word", "said"), REFUSED)
def test_what_cannot_be_meant_is_refused(project_of_two, word, said, capsys):
    assert main(["run", word]) == 1
    assert said in capsys.readouterr().err
    assert not (project_of_two / "output").exists()


NEEDED = {"check": {"FILE": "x.csv"}, "fetch": {"TABLE": "82965NED", "--file": "x.csv"}}  # beside what is tested


def options_with_a_value():
    """Every option and argument of every command that takes a value, new ones too."""
    (commands,) = [action for action in _parser()._actions if action.choices]
    for command, parser in commands.choices.items():
        for action in (action for action in parser._actions if action.nargs != 0):
            yield command, (*action.option_strings, action.metavar)[0]


@pytest.mark.parametrize("empty", ["", "\t"])
@pytest.mark.parametrize(("command", "name"), list(options_with_a_value()))
def test_an_empty_value_is_refused_and_never_means_the_projects_own_run(small, command, name, empty, capsys, contents):
    small("01_first", "1")
    given = (NEEDED.get(command, {}) | {name: empty}).items()
    words = [f"{option}={value}" if option.startswith("--") else value for option, value in given]
    before = contents(small.folder)
    assert main([command, *words]) == 1
    said = capsys.readouterr()
    kind = "after" if name.startswith("--") else "for"
    assert f"bereik {command}: Nothing {kind} {name}. Expected: a value" in said.err
    assert said.out == ""
    assert contents(small.folder) == before


def test_check_lists_the_problems_of_a_pilot_folder(tmp_path, capsys):

    for name, table in bereik.pilot.example_pilot()._asdict().items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    assert main(["check", str(tmp_path)]) == 0
    assert "0 problems" in capsys.readouterr().out
    answers = tmp_path / "answers.csv"
    text = answers.read_text(encoding="utf-8")
    answers.write_text(text + text.splitlines()[-1] + "\n", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 1
    assert "answers" in capsys.readouterr().out
