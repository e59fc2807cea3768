"""The project's commands on any system, with nothing but Python 3.11 or newer and pip: python run.py COMMAND.

Commands
--------
run           the main job: environment, processed data, notebooks, figures
test          everything for the tests: environment, lint, types, layers, tests in two processes
lab           open JupyterLab in the project's environment, on the first notebook
html          write the notebooks as HTML files, to read without Python and without a network, to output/html
lint          lint, formatting, types and layers only
lock          make requirements.lock anew from pyproject.toml
environment   make environment.yml and binder/environment.yml anew from requirements.lock
clean         remove the environment, caches and output/

Words after the command go to it: python run.py run --force; python run.py test -k rates
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
UV_VERSION = "0.13.9"
WINDOWS = os.name == "nt"
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")


def call(*words: object, check: bool = True) -> int:
    """Run one program in the project's folder, with the environment's programs first on the path."""
    environment = os.environ | {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "true",  # an organisation's own certificates count, as they do for pip
        "PATH": str(BIN) + os.pathsep + os.environ.get("PATH", ""),
        "PYTHONUTF8": "1",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # with it, every kernel would compile pandas anew
    done = subprocess.run([str(word) for word in words], cwd=ROOT, env=environment, check=False)
    if check and done.returncode:
        raise SystemExit(done.returncode)
    return done.returncode


def uv(*words: object) -> None:
    """Run uv, the installer, which is itself installed below .tools first."""
    program = TOOLS / "bin" / ("uv.exe" if WINDOWS else "uv")
    stamp = TOOLS / f".uv-{UV_VERSION}"
    if not stamp.exists():
        print(f"Installing the installer (uv {UV_VERSION}) ...", flush=True)
        shutil.rmtree(TOOLS, ignore_errors=True)
        quiet = ("--quiet", "--disable-pip-version-check", "--no-warn-script-location", "--root-user-action=ignore")
        call(sys.executable, "-m", "pip", "install", *quiet, "--target", TOOLS, f"uv=={UV_VERSION}")
        stamp.touch()
    call(program, *words)


def install(*extras: str) -> None:
    """Install the project and what it needs, exactly as locked; nothing happens when that is already so."""
    wanted = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in ("requirements.lock", "pyproject.toml")))
    wanted.update(sys.version.encode())
    stamp = VENV / f".installed-{'-'.join(extras) or 'base'}"
    current = {known.name for known in VENV.glob(".installed-*") if known.read_text() == wanted.hexdigest()}
    if stamp.name in current or (current and not extras):  # an environment with extras has the base too
        return
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells so on an older Python
        raise SystemExit(
            f"bereik needs Python 3.11 or newer; this is {sys.version.split()[0]}. Call a newer one: make run PYTHON=..."
        )
    print("Installing the environment as locked in requirements.lock ...", flush=True)
    if not PYTHON.exists():
        uv("venv", "--quiet", "--python", sys.executable, VENV)
    locked = ("pip", "install", "--quiet", "--python", PYTHON, "-c", "requirements.lock", "--compile-bytecode")
    builders = ("hatchling", "editables", *(["setuptools"] if "engines" in extras else []))
    uv(*locked, *builders)
    uv(*locked, "--no-build-isolation", "-e", f".[{','.join(extras)}]" if extras else ".")
    for old in VENV.glob(".installed-*"):
        if old != stamp and old.read_text() != wanted.hexdigest():
            old.unlink()
    stamp.write_text(wanted.hexdigest())


def checks() -> int:
    """Lint, formatting, types and layers: all are run, those that failed are named, their number is given."""
    commands = (
        ("ruff", "check", "--quiet"),
        ("ruff", "format", "--check", "--quiet"),
        ("mypy",),
        ("lint-imports", "--no-cache"),
    )
    failed = []
    for command in commands:
        print(f"-- {' '.join(command)}", flush=True)
        program = BIN / (command[0] + (".exe" if WINDOWS else ""))
        failed += [" ".join(command)] * (call(program, *command[1:], check=False) != 0)
    print(f"-- failed: {', '.join(failed)}" if failed else "-- all passed", flush=True)
    return len(failed)


def run(*words: str) -> None:
    """Do the main job."""
    install()
    call(PYTHON, "-m", "bereik", "run", *words)


def test(*words: str) -> None:
    """Do everything for the tests; BEREIK_REQUIRE=engines adds the data engines that only their own tests need."""
    install("test", *(["engines"] if "engines" in os.environ.get("BEREIK_REQUIRE", "").split(",") else []))
    if not words and checks():  # the tests, of many minutes, are not begun
        raise SystemExit(1)
    raise SystemExit(call(PYTHON, "-m", "pytest", *(words or ("-n", "2", "--dist", "loadfile")), check=False) != 0)


def lab(*words: str) -> None:
    """Open JupyterLab on the first notebook, with the defaults in binder/jupyter; a reader's own settings stay above them."""
    install()
    places = (str(ROOT / "binder" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH"))
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(place for place in places if place)
    first = "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"
    call(PYTHON, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}", first, *words)


def html() -> None:
    """Write the notebooks as HTML files."""
    install()
    call(PYTHON, "-m", "bereik", "html")


def lint() -> None:
    """Lint, formatting, types and layers only."""
    install("test")
    raise SystemExit(checks() > 0)


def lock(*words: str) -> None:
    """Make requirements.lock anew: names, versions and hashes, no addresses."""
    shape = ("--all-extras", "--universal", "--generate-hashes", "--no-emit-index-url", "--python-version", "3.11")
    title = ("--custom-compile-command", "python run.py lock")
    uv("pip", "compile", "pyproject.toml", *shape, *title, "--quiet", "-o", "requirements.lock", *words)


def environment() -> None:
    """Make both files anew."""
    for place, extras in {".": ("build", "test"), "binder": ("build",)}.items():
        text = environment_text(*extras)
        (ROOT / place / "environment.yml").write_text(text, encoding="utf-8", newline="\n")


def environment_text(*extras: str) -> str:
    """Give the conda environment: a Python, pip, and from pip the same locked packages as everybody has."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = project["requires-python"].removeprefix(">=")
    words = [word for extra in extras for word in project["optional-dependencies"][extra]]
    names = sorted({word.split(">")[0].split("[")[0] for word in [*project["dependencies"], *words]})
    listed = "\n".join(f"      - {name}=={_locked_version(name)}" for name in names)
    return f"""\
# Made by `python run.py environment` from pyproject.toml and requirements.lock; do not edit.
# After `conda env create -f environment.yml` and `conda activate bereik`: pip install --no-deps --no-build-isolation -e .
name: bereik
channels:
  - conda-forge
dependencies:
  - python={lowest}
  - pip
  - pip:
{listed}
"""


def _locked_version(name: str) -> str:
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}=="):
            return line.split("==")[1].split()[0]
    raise SystemExit(f"{name} is in pyproject.toml but not in requirements.lock: python run.py lock")


def clean() -> None:
    """Remove what can be made again and is not part of the project."""
    for name in (".venv", ".tools", ".cache", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "output"):
        shutil.rmtree(ROOT / name, ignore_errors=True)


COMMANDS = {job.__name__: job for job in (run, test, lab, html, lint, lock, environment, clean)}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        raise SystemExit(__doc__)
    try:
        COMMANDS[sys.argv[1]](*sys.argv[2:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
