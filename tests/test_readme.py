"""The README's commands exist, its links lead somewhere, its tables agree with the project."""

import re

import pytest

from bereik.cli import _parser


@pytest.fixture(scope="module")
def readme(project):
    return (project / "README.md").read_text(encoding="utf-8")


def test_every_make_and_run_command_exists(readme, project):
    targets = re.search(r"^\.PHONY: (.*)$", (project / "Makefile").read_text(), re.MULTILINE).group(1).split()
    commands = re.findall(r"`make (\w+)", readme) + re.findall(r"`python run\.py (\w+)", readme)
    assert {"run", "test", "lab"} <= set(commands) <= set(targets)
    helped = (project / "run.py").read_text(encoding="utf-8")
    assert all(re.search(rf"^def {target}\(", helped, re.MULTILINE) for target in targets)


def test_every_bereik_command_is_understood(readme):
    commands = re.findall(r"`bereik ([^`]+)`", readme) + re.findall(r"-m bereik (run)", readme)
    assert len(commands) >= 2
    for command in commands:
        assert _parser().parse_args(command.split()).job


def test_every_link_and_picture_is_there(readme, project):
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert target.startswith("https://") or (project / target).exists(), target


def test_every_notebook_and_folder_is_listed(readme, project):
    for notebook in (project / "notebooks").glob("*.ipynb"):
        assert f"notebooks/{notebook.name}" in readme
    for folder in re.findall(r"^\| `([a-z/]+)/` \|", readme, re.MULTILINE):
        assert (project / folder).is_dir(), folder
