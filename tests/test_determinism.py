"""Two builds, in two places, with another clock and other settings of the machine, give the same bytes."""

import os
import subprocess
import sys

import pytest

BUILD = """
import bereik
import pandas as pd
from bereik.report.pdf import write_pdf
from bereik.runner import write_manifest
from bereik.paths import figures_folder

region = "Haaglanden"
care = bereik.load("care_by_origin").query("period == '2017' and region_kind == 'jeugdregio'")
care = care[care["origin"].isin(["nederlands", "niet_westers"])]
by = ["origin_scheme", "period", "region"]
ratios = bereik.form_ratio(care, "protection", by=by, relative_to="nederlands")
ratios = ratios[ratios["measure"] == "form_share_ratio"]
drawn = pd.concat([ratios, bereik.compare_regions(ratios, region=region)])
sides = bereik.count_sides(ratios, by=["form"])
bereik.figure("02_ratio_by_region", drawn, sides, region=region, form="protection")
write_manifest(figures_folder())
write_pdf(figures_folder(), figures_folder())
"""
ENDINGS = {".svg": 4, ".png": 2, ".csv": 1, ".json": 2, ".xlsx": 1, ".pdf": 2}


@pytest.fixture(scope="module")
def builds(project, tmp_path_factory):
    made = []
    for number, (zone, locale) in enumerate([("UTC", "C"), ("Pacific/Auckland", "C.UTF-8")]):
        folder = tmp_path_factory.mktemp("a" * (1 + 20 * number))
        settings = {"BEREIK_OUTPUT": str(folder), "PYTHONHASHSEED": str(number + 1), "TZ": zone, "LC_ALL": locale}
        words, settings = [sys.executable, "-c", BUILD], {**os.environ, **settings}
        subprocess.run(words, check=True, cwd=project, env=settings, timeout=300)
        files = (path for path in (folder / "figures").rglob("*") if path.is_file())
        made.append({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})
    return made


def test_two_builds_give_the_same_files_with_the_same_bytes(builds):
    first, second = builds
    assert {end: sum(name.endswith(end) for name in first) for end in ENDINGS} == ENDINGS
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
