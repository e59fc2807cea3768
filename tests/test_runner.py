"""A run: what has changed is executed, files are replaced together, other parameters and own data go to output/ only.

What stops a run, or comes in between, leaves the project as it was and is told in one clear message.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import pytest

import bereik
from bereik.errors import BereikError, NotebookError
from bereik.runner import run_notebooks, update_report

WRITES = """\
import os, pathlib
folder = pathlib.Path(os.environ["BEREIK_OUTPUT"]) / "figures" / "data"
folder.mkdir(parents=True)
(folder / "01_made.json").write_text('{"stem": "01_made"}')
print("hello")
"""


MAKES = """\
import os, pathlib
folder = pathlib.Path(os.environ["BEREIK_OUTPUT"]) / "data" / "processed"
folder.mkdir(parents=True)
(folder / "a.csv").write_text("a,b")
"""


def quiet(line):
    pass


def without_cache(files):
    return {path: content for path, content in files.items() if ".cache" not in path.parts}


def said_in(path):
    return [cell.outputs[0].text for cell in nbformat.read(path, as_version=4).cells if cell.outputs]


def test_a_run_writes_outputs_and_figures_and_the_next_skips_what_has_not_changed(small):
    small("01_first", WRITES)
    notebook = small.folder / "notebooks" / "01_first.ipynb"
    made, manifest = (small.folder / "figures" / "data" / f"{name}.json" for name in ("01_made", "manifest"))
    said = []
    assert [path.stem for path in run_notebooks(say=said.append)] == ["01_first"]
    first = notebook.read_bytes()
    assert said_in(notebook) == ["hello\n"]
    assert json.loads(manifest.read_text()) == [{"stem": "01_made"}]
    assert run_notebooks(say=said.append) == []
    assert said[-1] == "01_first: nothing changed, skipped"
    made.write_text('{"stem": "tampered"}')
    assert len(run_notebooks(say=said.append)) == 1, "a figure that was changed by hand is made again"
    assert json.loads(made.read_text()) == {"stem": "01_made"}
    assert notebook.read_bytes() == first, "a second run gives the same bytes"
    assert len(run_notebooks(force=True, say=said.append)) == 1


def test_a_failure_names_notebook_and_cell_and_the_project_stays_as_it_was(small, contents):
    small("01_good", "print('fine')")
    small("02_bad", WRITES.replace("01_made", "02_made"), "raise ValueError('too bad')")
    old = small.folder / "figures" / "data" / "02_made.json"
    old.parent.mkdir(parents=True)
    old.write_text('{"stem": "old"}')
    before, said = contents(small.folder), []
    told = r"1 of 2 notebooks failed. 02_bad.ipynb, code cell 2 of 2 .*ValueError: too bad"
    with pytest.raises(NotebookError, match=told):
        run_notebooks(say=said.append)
    assert without_cache(contents(small.folder)) == before, "nothing of the run is put in place"
    assert any(line.startswith("01_good: done") for line in said), "the other notebook was still executed"


def test_figures_that_a_notebook_no_longer_makes_disappear(small):
    for name in ("00_shows", "01_first"):  # one shows the figure of the other
        small(name, WRITES)
    others = ["02_other.svg", "nl/02_ander.svg", "mine.txt", "places/01_street.html"]
    for name in ("nl/01_oude-naam.svg", "data/01_gone.csv", *others):
        (small.folder / "figures" / name).parent.mkdir(parents=True, exist_ok=True)
        (small.folder / "figures" / name).write_text("of before")
    run_notebooks(say=quiet)
    kept = {path.relative_to(small.folder / "figures").as_posix() for path in (small.folder / "figures").rglob("*.*")}
    assert kept == {"data/01_made.json", "data/manifest.json", *others}


def test_parameters_replace_those_of_the_notebooks_that_have_them_and_touch_nothing_else(small, contents):
    small("01_region", "print(REGION, YEAR)", parameters='REGION = "Haaglanden"\nYEAR = "2017"')
    small("02_other", "print(SIZE)", parameters="SIZE = 3")
    before, region = contents(small.folder, "notebooks"), "Rijnmond \\1 'x'"
    done = run_notebooks(output="mine", parameters={"REGION": region}, say=quiet)
    assert [path.stem for path in done] == ["01_region"]
    assert contents(small.folder, "notebooks") == before
    assert said_in(small.folder / "output" / "mine" / "notebooks" / "01_region.ipynb") == [f"{region} 2017\n"]
    assert run_notebooks(output="mine", parameters={"REGION": region}, say=quiet) == []
    assert len(run_notebooks(output="mine", parameters={"REGION": "Utrecht"}, say=quiet)) == 1


def test_a_changed_file_of_the_reader_makes_a_new_run(small):
    small("01_own", "print(open(PILOT).read())", parameters="PILOT = None")
    file = small.folder / "own.csv"
    for text, executed in (("a", 1), (None, 0), ("ab", 1)):
        assert text is None or file.write_text(text)
        assert len(run_notebooks(output="mine", parameters={"PILOT": str(file)}, say=quiet)) == executed


def test_a_notebook_of_a_run_cannot_count_persons_itself(small):
    counts = "import bereik\nyouths = bereik.example_youths(100)\nbereik.count(youths, by=['origin'], use='probation')"
    small("01_count", counts)
    with pytest.raises(NotebookError, match=r"DisclosureError: A notebook of a run counts persons.*data/release\.toml"):
        run_notebooks(say=quiet)


def test_a_notebook_finds_the_code_that_the_command_finds_also_by_a_path_from_its_folder(small, monkeypatch):
    """With another bereik than the command's, it would find no release of that code and have to count persons."""
    (small.folder / "src").mkdir()
    (small.folder / "src" / "only_here.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", "src")
    small("01_first", "import only_here")
    assert len(run_notebooks(say=quiet)) == 1


def test_notebooks_that_ask_for_the_same_release_wait_for_it_once(small, monkeypatch):
    made = []
    monkeypatch.setattr("bereik.data.release.release", lambda *words, **named: made.append((*words, named)))
    for name in ("07_a", "08_b"):
        small(name, "print(1)", parameters="DATA = None\nYEAR = None")
    small("09_c", "print(1)")
    small("10_d", "print(1)", parameters="DATA = None\nMAP = None\nYEAR = 2016\nBANDS = ['low', 'high']")
    run_notebooks(say=quiet)
    assert made == [(None, None, {"year": None}), (None, None, {"year": 2016, "bands": ["low", "high"]})]
    run_notebooks(say=quiet)
    assert len(made) == 2, "nothing changed, so nothing is read"


def test_what_cannot_be_run_is_a_clear_error(small):
    small("01_region", "print(REGION)", parameters='REGION = "Haaglanden"')
    with pytest.raises(BereikError, match="Unknown notebook"):
        run_notebooks(["03"])
    with pytest.raises(BereikError, match="give output='NAME'"):
        run_notebooks(parameters={"REGION": "Utrecht"})
    with pytest.raises(BereikError, match="'REGIO'.*did you mean 'REGION'"):
        run_notebooks(output="mine", parameters={"REGIO": "Utrecht"})


@pytest.fixture
def reports(small, monkeypatch):
    """The reports that were made on a project with one figure, instead of making them."""
    (small.folder / "figures" / "data").mkdir(parents=True)
    (small.folder / "figures" / "data" / "01_made.csv").write_text("value\n1\n")
    entry = {"stem": "01_made", "files": {"csv": "data/01_made.csv"}}
    (small.folder / "figures" / "data" / "manifest.json").write_text(json.dumps([entry]))
    made = []

    def make_report(folder, municipality, say):
        made.append(folder)
        (folder / "index.html").write_text("the page")
        return [folder / "index.html"]

    monkeypatch.setattr("bereik.report.make_report", make_report)
    return made


def test_the_report_is_made_again_when_a_figure_a_table_or_the_page_itself_changed(small, reports):
    said = []
    assert update_report(say=said.append) == [small.folder / "figures" / "index.html"]
    assert update_report(say=said.append) == []
    assert said == ["report: page, PDF and factsheets ...", "report: nothing changed, skipped"]
    for number, name in enumerate(["figures/data/01_made.csv", "data/processed/a.csv", "figures/index.html"], start=2):
        (small.folder / name).parent.mkdir(exist_ok=True)
        (small.folder / name).write_text(f"value\n{number}\n")
        update_report(say=quiet)
        assert len(reports) == number
    update_report(force=True, say=quiet)
    assert len(reports) == 5
    assert (small.folder / "figures" / "index.html").read_text() == "the page"


COLUMNS = {"id": "nummer", "age": "leeftijd", "origin": "herkomst", "sdq_parent": "sdq_ouder"}
SAME = ("year", "municipality", "sex", "origin_scheme", "single_parent", "income_group", "without_residence")


def test_a_file_of_persons_gives_the_same_notebook_without_a_row_of_a_person(project, tmp_path, monkeypatch, contents):
    monkeypatch.chdir(project)
    monkeypatch.delenv("BEREIK_OUTPUT")
    before, own = contents(project, "notebooks", "figures", "data"), project / "output" / "a-test-of-own-runs"
    shutil.rmtree(own, ignore_errors=True)
    youths = bereik.example_youths(20_000, seed=3).drop(columns=["synthetic", "source"])
    youths = youths.assign(id=[f"P{number}X" for number in range(len(youths))]).rename(columns=COLUMNS)
    youths.to_csv(tmp_path / "youths.csv", index=False)
    lines = [f'{name} = "{column}"' for name, column in (COLUMNS | {name: name for name in SAME}).items()]
    (tmp_path / "map.toml").write_text("\n".join(["[columns]", *lines]), encoding="utf-8")
    files = {"DATA": str(tmp_path / "youths.csv"), "MAP": str(tmp_path / "map.toml")}
    run_notebooks(["07"], output=own.name, parameters=files, say=quiet)
    assert contents(project, "notebooks", "figures", "data") == before, "the project's files stay as they are"
    cells = nbformat.read(own / "notebooks" / "07_access_gap.ipynb", as_version=4).cells
    said = str([cell.outputs for cell in cells if cell.cell_type == "code"])
    assert "youths.csv" in said
    assert "SYNTHETIC" not in said.upper()
    for path in [path for path in own.rglob("*") if path.suffix in (".csv", ".ipynb", ".json")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search("P(17|19999)X", text), "an id of a person was written"
    entry = json.loads((own / "figures" / "data" / "07_use_by_severity.json").read_text(encoding="utf-8"))
    assert entry["synthetic"] is False
    shutil.rmtree(own)


# --- what stops a run, or comes in between ------------------------------------------------------------------------------


def test_a_damaged_cache_means_that_everything_is_run_again(small):
    small("01_first", "1")
    run_notebooks(say=quiet)
    for text in ("[]", "\0\0\0", '{"01_first": {"inp', '{"01_first": 5}', '{"01_first": {"files": []}}', ""):
        (small.folder / ".cache" / "run-project.json").write_text(text)
        assert len(run_notebooks(say=quiet)) == 1, text
        assert run_notebooks(say=quiet) == []


def test_an_endless_cell_and_a_kernel_that_dies_are_clear_errors_that_change_nothing(small, contents):
    small("01_endless", f"while True: pass\n{MAKES}")
    small("02_dies", f"import os; os._exit(1)\n{MAKES}")
    before = without_cache(contents(small.folder))
    with pytest.raises(NotebookError) as raised:
        run_notebooks(seconds=1, say=quiet)
    cell = "code cell 1 of 1"
    for said in (
        f"01_endless.ipynb, {cell} ('while True: pass') failed: not done after 1 s (--seconds allows",
        f"02_dies.ipynb, {cell} ('import os; os._exit(1)') failed: its Python process died",
    ):
        assert said in str(raised.value)
    assert without_cache(contents(small.folder)) == before


def test_a_notebook_that_a_reader_saves_while_it_runs_is_kept_and_named(small):
    path = small.folder / "notebooks" / "01_first.ipynb"
    small("01_first", MAKES, f"p = pathlib.Path({str(path)!r}); p.write_text(p.read_text().replace('a,b', 'mine'))")
    said = []
    run_notebooks(say=said.append)
    assert "notebooks/01_first.ipynb was changed by somebody meanwhile: that is kept" in said[-1]
    kept = nbformat.read(path, as_version=4)
    assert "mine" in kept.cells[0].source
    assert not kept.cells[0].execution_count, "the outputs are of another text, so they are left out"
    assert (small.folder / "data" / "processed" / "a.csv").read_text() == "a,b"
    run_notebooks(say=said.append)
    assert (small.folder / "data" / "processed" / "a.csv").read_text() == "mine"


def test_two_notebooks_that_make_the_same_file_are_refused(small, contents):
    small("02_first", MAKES)
    run_notebooks(say=quiet)
    small("my_02", MAKES.replace("a,b", "another region"))
    before = without_cache(contents(small.folder))
    with pytest.raises(NotebookError, match=r"my_02 makes data/processed/a.csv, as 02_first does.*my_02.ipynb out"):
        run_notebooks(["my_02"], say=quiet)
    assert without_cache(contents(small.folder)) == before
    (small.folder / "notebooks" / "02_first.ipynb").unlink()
    assert len(run_notebooks(["my_02"], say=quiet)) == 1, "a notebook that got another name"


def started_kernel(cache):
    """Wait until the cell has said in which process it is."""
    for _ in range(600):
        for path in cache.glob("change-*/made/*/data/processed/kernel"):
            if path.read_text():
                return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("the notebook did not start")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another signal there")
def test_ctrl_c_stops_the_kernels_and_changes_nothing(small, contents):
    small("01_slow", f"{MAKES}(folder / 'kernel').write_text(str(os.getpid()))\nimport time; time.sleep(600)")
    before = without_cache(contents(small.folder))
    words = [sys.executable, "-m", "bereik", "run"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=small.folder, **pipes) as run:
        kernel = started_kernel(small.folder / ".cache")
        run.send_signal(signal.SIGINT)
        said, error = run.communicate(timeout=20)
    assert (run.returncode, error) == (130, "bereik run: stopped; no file is half changed\n"), said
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert without_cache(contents(small.folder)) == before
    assert [path.name for path in (small.folder / ".cache").iterdir() if path.name != "ipython"] == ["lock"]
