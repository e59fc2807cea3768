"""The command line: what `bereik run --region` runs, where it writes, and what it refuses."""

import json
import shlex

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


RELEASE = "DATA = None\nMAP = None\nSCORE = None\nBANDS = None\nREFERENCE = None"
SAYS_TABLES = """\
import bereik
made = bereik.release(DATA, MAP, score=SCORE, bands=BANDS, reference=REFERENCE)
print(made.about["severity"], made.about["reference"], made["by_severity"]["source"].iloc[0])
"""


@pytest.fixture
def two_of_persons(small):
    """A project with two notebooks of persons, and two that have other parameters of the same names."""
    small("01_other", "raise ValueError('no file here')", parameters="REFERENCE = 'nederlands'")
    small("02_region", "raise ValueError('no file here')", parameters="REGION = 'Haaglanden'\nYEAR = '2017'")
    small("07_own", SAYS_TABLES, parameters=RELEASE)
    small("08_own", SAYS_TABLES, parameters=RELEASE)
    names = "id year municipality age sex origin origin_scheme sdq_parent sdq_teacher without_residence"
    youths = bereik.example_youths(1_500, seed=3)[names.split()]
    youths.to_csv(small.folder / "my youths.csv", index=False)
    (small.folder / "map.toml").write_text("\n".join(["[columns]", *(f"{name} = '{name}'" for name in youths)]))
    return small.folder


def test_own_data_are_read_once_and_run_07_and_08_only_whatever_is_set(two_of_persons, monkeypatch, capsys):
    read, real = [], bereik.read_youths
    monkeypatch.setattr("bereik.data.release.read_youths", lambda *a, **k: read.append(a) or real(*a, **k))
    words = ["--data", "my youths.csv", "--map", "map.toml", "--set", "REFERENCE=turkije", "--set", "SCORE=sdq_teacher"]
    assert main(["run", *words]) == 0
    assert len(read) == 1
    made = sorted((two_of_persons / "output" / "my-youths" / "notebooks").iterdir())
    assert [path.name for path in made] == ["07_own.ipynb", "08_own.ipynb"]
    said = "sdq_teacher turkije individual data: my youths.csv; counts rounded to 5\n"
    assert [nbformat.read(path, 4).cells[1].outputs[0].text for path in made] == [said, said]
    assert "reading my youths.csv ..." in capsys.readouterr().out
    assert not bereik.paths.persons_were_read(), "what is made next in this process is not made of persons"


WRONG = [
    ("--map=map.toml", "A column map without a file of persons"),
    ("--data='my youths.csv' --region=Rijnmond", "A file of persons and a region"),
    ("--data='my youths.csv' --set=REFERENCE=nederland", "did you mean 'nederlands'"),
    ("--data='my youths.csv' --set=SCORE=sdq", "Unknown measure of severity 'sdq'"),
    ("--data='my youths.csv' --set=YEAR=2016", "Unknown parameter 'YEAR' in the notebooks of this run"),
    ("01 --data='my youths.csv'", "Unknown parameter 'DATA' in the notebooks of this run"),
    ("--data=broken.csv", "broken.csv has 1 error: sex: not one of male, female"),
    ("--set=NO_SUCH=1", "Unknown parameter 'NO_SUCH'"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_a_fault_in_own_data_is_said_once_and_no_notebook_starts(two_of_persons, monkeypatch, capsys, words, said):
    monkeypatch.setattr("bereik.runner._execute", None)
    text = (two_of_persons / "my youths.csv").read_text(encoding="utf-8")
    (two_of_persons / "broken.csv").write_text(text.replace(",male,", ",man,"), encoding="utf-8")
    assert main(["run", *shlex.split(words)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "notebooks failed" not in error
    assert error.count("Expected:") == 1


REFUSED = [("--region=Rijnmnd", "did you mean 'Rijnmond'"), ("--region=Delft", "Unknown jeugdregio 'Delft'")]
REFUSED += [("--data=no_such.csv", "No file or folder 'no_such.csv'"), ("--output=../elsewhere", "output name")]
REFUSED += [("--seconds=0", "a whole number above 0")]
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
