"""The environment is the same for everybody: one lock, an environment.yml made from it, no addresses, no machine's paths."""

import ast
import json
import re
import runpy
import subprocess
import tomllib
from importlib.metadata import packages_distributions

import yaml

NEVER_IMPORTED = {
    "ipykernel": "nbclient starts it as the kernel of the notebooks",
    "jupyterlab": "`make lab` starts it",
    "openpyxl": "pandas imports it when a pilot's tables are sheets of Excel",
}


def tracked(project):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=project, capture_output=True, check=True).stdout.decode()
    return [project / name for name in listed.split("\0") if name]


def test_environment_yml_is_what_the_lock_says(project):
    made = runpy.run_path(str(project / "run.py"))["environment_text"]()
    assert (project / "environment.yml").read_text(encoding="utf-8") == made
    names = {word.split("==")[0] for word in yaml.safe_load(made)["dependencies"][2]["pip"]}
    assert {"jupyterlab", "pandas", "statsmodels", "matplotlib", "seaborn", "nbval"} <= names


def test_everything_in_pyproject_is_locked_with_a_hash(project):
    lock = (project / "requirements.lock").read_text(encoding="utf-8")
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    extras = described["project"]["optional-dependencies"].values()
    words = [*described["project"]["dependencies"], *(word for extra in extras for word in extra)]
    for word in words + described["build-system"]["requires"]:
        name = re.match(r"[a-z0-9-]+", word).group()
        assert re.search(rf"^{name}==\S+.*\\\n\s+--hash=sha256:", lock, flags=re.MULTILINE), (
            f"{name} is not in requirements.lock"
        )


def imported(project):
    """The names of all modules that the library and the notebooks import."""
    sources = [path.read_text(encoding="utf-8") for path in (project / "src").rglob("*.py")]
    for path in (project / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.split(".")[0] for name in names}


def test_every_dependency_is_imported_or_has_a_reason_not_to_be(project):
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.match(r"[a-z0-9-]+", word).group() for word in described["dependencies"]}
    packages = packages_distributions()
    used = {distribution.lower() for name in imported(project) for distribution in packages.get(name, [])}
    assert declared - used == set(NEVER_IMPORTED)


def test_no_tracked_file_has_the_address_of_a_registry_or_a_path_of_a_machine(project):
    registry = re.compile(rb"(pypi\.org|pythonhosted\.org|registry\.npmjs|conda\.anaconda|deb\.debian)", re.IGNORECASE)
    machine = re.compile(rb"(file://|(?<![\w./-])/(home|root|Users|tmp|work|opt)/|[A-Z]:\\\\Users)")
    allowed = {"tests/test_environment.py"}
    for path in tracked(project):
        name = path.relative_to(project).as_posix()
        if name in allowed or not path.is_file() or path.suffix == ".png":
            continue
        text = path.read_bytes()
        for pattern in (registry, machine):
            found = pattern.search(text)
            assert not found, f"{name} contains {found.group()!r}"


def test_every_ignore_pattern_of_a_folder_is_anchored(project):
    loose = {"__pycache__/", ".ipynb_checkpoints/", "*.egg-info/"}
    for line in (project / ".gitignore").read_text(encoding="utf-8").splitlines():
        assert line.startswith("/") or line in loose, f"{line} would also hide folders below src/"


def test_one_version_everywhere(project):
    import bereik

    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    cited = yaml.safe_load((project / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    newest = re.search(
        r"^## (\d+\.\d+\.\d+)", (project / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    ).group(1)
    assert described == cited == newest == bereik.__version__


def test_importing_bereik_loads_nothing_heavy_and_changes_nothing(project):
    code = (
        "import sys, os, warnings; before = (dict(os.environ), list(warnings.filters)); import bereik; "
        "heavy = {'numpy', 'pandas', 'duckdb', 'matplotlib', 'nbclient'} & set(sys.modules); "
        "assert not heavy, heavy; assert before == (dict(os.environ), list(warnings.filters))"
    )
    import sys

    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
