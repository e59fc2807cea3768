"""How large the project is, beside what it may be: a small library stays small only when somebody counts.

Run: python bench/size.py [--write]; it prints the table. With --write the table goes to bench/size.md and each ceiling in
bench/size.toml falls to what was counted, or its goal; none rises. A line of code has more on it than a comment or a docstring.
"""

import ast
import io
import json
import sys
import tokenize
import tomllib
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CEILINGS = ROOT / "bench" / "size.toml"
LONGEST = 50  # lines of code in a function
NAMESPACES = ("bereik.plot", "bereik.pilot")  # public beside bereik itself, where they name what they offer
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
EMPTY = ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
HEAD = """\
# Size

Made by `python bench/size.py --write`. Code is counted without blank lines, comments and docstrings, other files without blank
lines; all in `src`, but for the tests. A ceiling may only fall; what has none is told, not held.\n
"""


@cache
def code_lines(text: str) -> set[int]:
    """Give the numbers of the lines with code on them; a string is a docstring only where Python takes it for one."""
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, DOCUMENTED))
    said = [node.body[0] for node in nodes if ast.get_docstring(node) is not None]
    written, found = text.split("\n"), set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        first, last, kind = token.start[0], token.end[0], tokenize.tok_name[token.type]
        docstring = kind == "STRING" and any(one.lineno <= first and last <= one.end_lineno for one in said)
        if kind not in EMPTY and not docstring:
            found |= {line for line in range(first, last + 1) if written[line - 1].strip()}
    return found


def long_functions(text: str) -> list[str]:
    """Name the functions with more lines of code than `LONGEST`; what is defined inside one counts with it."""
    lines, nodes = code_lines(text), ast.walk(ast.parse(text))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [node.name for node in functions if len(lines & {*range(node.lineno, node.end_lineno + 1)}) > LONGEST]


def unformatted(text: str) -> int:
    """Count the comments that keep the formatter away."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT and "fmt: " in token.string for token in tokens)


def sizes(root: Path = ROOT) -> dict[str, int]:
    """Count everything, each under the name that it has in size.toml."""
    python, tests, kinds = (
        [path.read_text("utf-8") for path in sorted((root / folder).rglob(pattern))]
        for folder, pattern in (("src", "*.py"), ("tests", "*.py"), ("figures", "manifest.json"))
    )
    direct = [name for name in import_module("bereik").__all__ if name[0] != "_"]
    beside = [import_module(name) for name in NAMESPACES if find_spec(name)]
    counted = {
        "lines of code": sum(len(code_lines(text)) for text in python),
        "files of code": len(python),
        f"functions above {LONGEST} lines": sum(len(long_functions(text)) for text in python),
        "comments fmt: skip": sum(unformatted(text) for text in python),
        "public names": len(direct) + sum(len(getattr(module, "__all__", ())) for module in beside),
        "public names in bereik": len(direct),
        "entries of figures": len({entry["stem"] for text in kinds for entry in json.loads(text)}),
        "lines of tests": sum(len(code_lines(text)) for text in tests),
    }
    for kind in ("pyi", "toml", "csv", "j2", "css", "js", "typ"):
        texts = [path.read_text("utf-8") for path in (root / "src").rglob(f"*.{kind}")]
        counted[f"lines of {kind}"] = sum(bool(line.strip()) for text in texts for line in text.splitlines())
    return counted


def main(*words: str) -> None:
    """Print the table; with --write, keep it, and let the ceilings fall as far as their goals."""
    counted, held = sizes(), tomllib.loads(CEILINGS.read_text("utf-8"))
    if "--write" in words:
        for name, most in held["ceiling"].items():
            held["ceiling"][name] = min(most, max(counted[name], held["goal"].get(name, 0)))
    columns = [counted, held["ceiling"], held["goal"]]
    cells = {name: [f"{column[name]:,}" if name in column else "–" for column in columns] for name in counted}
    table = "| what | today | ceiling | goal |\n| --- | --: | --: | --: |\n"
    table += "".join(f"| {name} | {' | '.join(row)} |\n" for name, row in cells.items())
    if "--write" in words:
        parts = [f"[{part}]\n" + "".join(f'"{name}" = {most}\n' for name, most in held[part].items()) for part in held]
        CEILINGS.write_text("# Held by tests/test_size.py.\n" + "\n".join(parts), "utf-8", newline="\n")
        CEILINGS.with_suffix(".md").write_text(HEAD + table, "utf-8", newline="\n")
    print(table, end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
