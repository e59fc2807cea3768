"""Merges the descriptions of all figures into one list."""

import json
from pathlib import Path

__all__ = ["write_manifest"]


def write_manifest(figures: Path) -> Path:
    r"""Merge the descriptions of all figures in a folder into data/manifest.json, sorted by name.

    Parameters
    ----------
    figures : path
        The folder with the figures, one JSON file each in its data/.

    Returns
    -------
    pathlib.Path
        The manifest.

    Examples
    --------
    >>> import tempfile
    >>> write_manifest(Path(tempfile.mkdtemp())).read_text(encoding="utf-8")
    '[]\n'
    """
    manifest = figures / "data" / "manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    described = sorted(path for path in manifest.parent.glob("*.json") if path != manifest)
    entries = [json.loads(path.read_text(encoding="utf-8")) for path in described]
    manifest.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return manifest
