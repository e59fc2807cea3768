"""The environment is the same for everybody: one lock, an environment.yml made from it, no addresses, no machine's paths."""

import ast
import re
import runpy
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml

import bereik

NEVER_IMPORTED = {
    "ipykernel": "nbclient starts it as the kernel of the notebooks",
    "jupyterlab": "`make lab` starts it",
    "openpyxl": "pandas imports it when a pilot's tables are sheets of Excel",
}


def test_environment_yml_is_what_the_lock_says(project):
    made = runpy.run_path(str(project / "run.py"))["environment_text"]()
    assert (project / "environment.yml").read_text(encoding="utf-8") == made
    pinned = set(names(yaml.safe_load(made)["dependencies"][2]["pip"]))
    assert {"jupyterlab", "pandas", "statsmodels", "matplotlib", "seaborn", "nbval"} <= pinned


@pytest.fixture(scope="module")
def described(project):
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


def names(words):
    return [re.match(r"[a-z0-9-]+", word).group() for word in words]


def test_everything_in_pyproject_is_locked_with_a_hash(project, described):
    lock = (project / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==\S+.*\\\n\s+--hash=sha256:", lock, flags=re.MULTILINE))
    about, needed = described["project"], described["build-system"]["requires"]
    parts = [about["dependencies"], needed, *about["optional-dependencies"].values()]
    assert {name for words in parts for name in names(words)} <= locked


def test_every_dependency_is_imported_or_has_a_reason_not_to_be(sources, described):
    nodes = [node for source in sources.values() for node in ast.walk(ast.parse(source))]
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    packages = packages_distributions()
    used = {package.lower() for name in modules for package in packages.get(name.split(".")[0], [])}
    assert set(names(described["project"]["dependencies"])) - used == set(NEVER_IMPORTED)


def test_no_tracked_file_has_the_address_of_a_registry_or_a_path_of_a_machine(project, tracked):
    registry = rb"(?i:pypi\.org|pythonhosted\.org|registry\.npmjs|conda\.anaconda|deb\.debian)"
    machine = rb"file://|(?<![\w./-])/(home|root|Users|tmp|work|opt)/|[A-Z]:\\\\Users"
    for name in tracked - {"tests/test_environment.py"}:
        match = re.search(registry + b"|" + machine, (project / name).read_bytes())
        assert name.endswith(".png") or not match, f"{name} contains {match.group()!r}"


def test_every_ignore_pattern_of_a_folder_is_anchored(project):
    loose = {"__pycache__/", ".ipynb_checkpoints/", "*.egg-info/"}
    for line in (project / ".gitignore").read_text(encoding="utf-8").splitlines():
        assert line.startswith("/") or line in loose, f"{line} would also hide folders below src/"


def test_one_version_everywhere(project, described):
    cited = yaml.safe_load((project / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+) \((.*)\)$", changes, re.MULTILINE).groups()
    assert newest == (cited["version"], str(cited["date-released"]))
    assert described["project"]["version"] == cited["version"] == bereik.__version__
