"""What the project says is what it said when the net was made, see net.py."""

import os
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

net = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("net.py"))))


@pytest.fixture(autouse=True)
def _help_of_one_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


def test_this_run_says_what_the_net_holds(rebuilt, project):
    if not (rebuilt / "exact").is_dir():
        pytest.skip("the notebooks are not part of this run: call pytest without a selection")
    said = net.collected(rebuilt / "exact", project)
    if "BEREIK_MAKE_NET" in os.environ:
        net.write(said)
    found = net.differences(net.read(), said)
    assert found == [], f"{len(found)} differences"


def test_written_files_are_the_exact_values_to_seven_digits(project):
    kept, compared = net.read(), 0
    for folder in ("figures/data", "data/processed"):
        for path in sorted((project / folder).glob("*.csv")):
            exact = kept[f"table/{path.name}"]
            assert net.table_differences(path.name, exact, path.read_text(encoding="utf-8"), net.in_files) == []
            compared += 1
    assert compared == sum(name.startswith("table/") for name in kept)


TABLE = "region,value,numerator,status\nDelft,12.5,10,shown\nRijswijk,,,hidden\n"


@pytest.mark.parametrize(("old", "new", "told"), [
    ("12.5", "12.50000000001", []),
    ("12.5", "12.500001", ["table/a.csv, row 1, value: '12.5' is now '12.500001'"]),
    ("Rijswijk,,", "Rijswijk,,0", ["table/a.csv, row 2, numerator (hidden): '' is now '0'"]),
])  # fmt: skip
def test_the_net_holds_what_it_should(old, new, told):
    assert net.differences({"table/a.csv": TABLE}, {"table/a.csv": TABLE.replace(old, new)}) == told


def test_a_changed_sentence_and_a_lost_table_are_seen():
    found = net.differences({"page/a": "one\ntwo", "table/b": ""}, {"page/a": "one\n2"})
    assert found == ["table/b: only in the net", "page/a: 'two' is now '2'"]
