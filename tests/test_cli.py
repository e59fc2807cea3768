"""The command line: what `bereik run --region` runs, where it writes, and what it refuses."""

import json

import pytest

from bereik.cli import main

SAYS_REGION = "import os, pathlib\nfolder = pathlib.Path(os.environ['BEREIK_OUTPUT']) / 'data' / 'processed'\nfolder.mkdir(parents=True)\n(folder / '01_made.json').write_text('\"' + REGION + '\"')"  # noqa: E501


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A project with one notebook that has the parameter REGION, and one that has none."""
    import nbformat

    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "datapackage.json").write_text("{}")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    cells = {
        "01_region": ['REGION = "Haaglanden"', SAYS_REGION],
        "02_no_region": ["raise ValueError('this notebook has no REGION and must not run')"],
    }
    for name, sources in cells.items():
        made = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
        if len(made) > 1:
            made[0].metadata["tags"] = ["parameters"]
        nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "notebooks" / f"{name}.ipynb")
    return tmp_path


@pytest.mark.parametrize(
    ("written", "folder", "name"),
    [
        ("Rijnmond (JZ)", "rijnmond", "Rijnmond"),
        ("utrecht  WEST", "utrecht-west", "Utrecht West"),
        ("Arnhem", "centraal-gelderland", "Centraal Gelderland"),
    ],
)
def test_a_region_is_found_forgivingly_and_goes_to_its_own_folder(small, written, folder, name, capsys):
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    assert main(["run", "--region", written]) == 0
    assert f"output/{folder}/figures" in capsys.readouterr().out
    assert json.loads((small / "output" / folder / "data" / "processed" / "01_made.json").read_text()) == name
    assert not (small / "output" / folder / "notebooks" / "02_no_region.ipynb").exists()
    assert {path: path.read_bytes() for path in before} == before, "the project's own files stay as they are"
    assert not (small / "figures").exists()


def test_output_names_the_folder_when_it_is_given(small):
    assert main(["run", "01", "--region", "Rijnmond", "--output", "mine"]) == 0
    assert json.loads((small / "output" / "mine" / "data" / "processed" / "01_made.json").read_text()) == "Rijnmond"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Rijnmnd", "did you mean 'Rijnmond'"),
        ("Delft", "Unknown region 'Delft'"),
        ("Haagland", "did you mean 'Haaglanden'"),
    ],
)
def test_a_name_that_is_no_jeugdregio_is_refused_with_the_nearest(small, written, said, capsys):
    assert main(["run", "--region", written]) == 1
    assert said in capsys.readouterr().err
    assert not (small / "output").exists()


def test_own_data_and_settings_reach_the_notebooks_that_have_them(small):
    import nbformat

    path = small / "notebooks" / "07_own.ipynb"
    cells = [nbformat.v4.new_code_cell("DATA = None\nSCORE = 1\nBANDS = None", id="cell-0")]
    cells += [nbformat.v4.new_code_cell("print([DATA.split('/')[-1], SCORE, BANDS])", id="cell-1")]
    cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    (small / "my youths.csv").write_text("id\n1\n")
    assert main(["run", "--data", "my youths.csv", "--set", "SCORE=sdq_teacher", "--set", "BANDS=['low', 'high']"]) == 0
    made = nbformat.read(small / "output" / "my-youths" / "notebooks" / "07_own.ipynb", as_version=4)
    assert made.cells[1].outputs[0].text == "['my youths.csv', 'sdq_teacher', ['low', 'high']]\n"
    assert [file.name for file in (small / "output" / "my-youths" / "notebooks").iterdir()] == ["07_own.ipynb"]


def test_a_file_that_is_not_there_and_a_setting_without_a_value_are_refused(small, capsys):
    assert main(["run", "--data", "no_such.csv"]) == 1
    assert "No file or folder no_such.csv" in capsys.readouterr().err
    assert main(["run", "--set", "SCORE"]) == 1
    assert "NAME=VALUE" in capsys.readouterr().err


@pytest.mark.parametrize("empty", ["", " ", "\t"])
@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["run", "--data", "?"], "--data"),
        (["run", "--data=?"], "--data"),
        (["run", "--map", "?"], "--map"),
        (["run", "--pilot", "?"], "--pilot"),
        (["run", "--region", "?"], "--region"),
        (["run", "--output", "?"], "--output"),
        (["run", "--set", "?"], "--set"),
        (["run", "--set", "SCORE=1", "--set", "?"], "--set"),
        (["run", "01", "?"], "NOTEBOOK"),
        (["report", "--output", "?"], "--output"),
        (["report", "--municipality", "?"], "--municipality"),
        (["check", "?"], "FILE"),
        (["check", "youths.csv", "--map", "?"], "--map"),
        (["fetch", "?", "--file", "x.csv"], "TABLE"),
        (["fetch", "82965NED", "--file", "?"], "--file"),
    ],
)
def test_an_empty_value_is_refused_and_never_means_the_projects_own_run(small, words, name, empty, capsys):
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    assert main([word.replace("?", empty) for word in words]) == 1
    said = capsys.readouterr()
    assert f"bereik {words[0]}: Nothing {'after' if name[0] == '-' else 'for'} {name}. Expected: a value" in said.err
    assert said.out == ""
    assert {path: path.read_bytes() for path in small.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("words", ["SCORE=", "=3", " = "])
def test_a_setting_needs_a_name_and_a_value(small, words, capsys):
    assert main(["run", "--set", words]) == 1
    assert "NAME=VALUE" in capsys.readouterr().err
    assert not (small / "output").exists()


def test_every_option_with_a_value_is_tested_for_an_empty_one():
    """A new option of the command line belongs in the list above."""
    from bereik import cli

    (mark,) = [
        mark
        for mark in test_an_empty_value_is_refused_and_never_means_the_projects_own_run.pytestmark
        if mark.args[0] != "empty"
    ]
    tested = {(words[0], name) for words, name in mark.args[1]}
    (commands,) = [action for action in cli._parser()._actions if action.choices]
    for command, parser in commands.choices.items():
        for action in parser._actions:
            if action.nargs != 0:
                assert (command, (*action.option_strings, action.metavar)[0]) in tested


def test_check_lists_the_problems_of_a_pilot_folder(tmp_path, capsys):
    import bereik

    for name, table in bereik.read_pilot()._asdict().items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    assert main(["check", str(tmp_path)]) == 0
    assert "0 problems" in capsys.readouterr().out
    answers = tmp_path / "answers.csv"
    lines = answers.read_text(encoding="utf-8").splitlines()
    answers.write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 1
    assert "answers" in capsys.readouterr().out
