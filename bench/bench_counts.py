"""How long counting persons takes beside the engine's own GROUP BY on the same columns, and how much memory it needs.

Run: python bench/bench_counts.py [PERSON-YEARS]; the tables are written to bench/bench_counts.md. The bars: at most 1.15 times
the bare GROUP BY, for DuckDB and for Polars, from 45 million person-years; peak memory below 2 GiB with DuckDB. The other
engines are measured on a smaller file and reported. Each run is a process of its own.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

PAIRS, SMALL = 7, 2_000_000
BY = ["year", "origin", "severity", "sex", "age"]
USE = "without_residence"
BANDS = ["low", "raised", "high", "very high"]
GENERATOR = """
copy (
    select
        range // 10 as id,
        2008 + range % 10 as year,
        ['nederlands', 'westers', 'turkije', 'marokko', 'suriname', 'antillen_aruba', 'overig_niet_westers'][
            1 + (hash(range // 10) % 7)::int] as origin,
        ['low', 'raised', 'high', 'very high'][1 + (sqrt(hash(range, 1) % 16))::int % 4] as severity,
        if(hash(range // 10, 2) % 2 = 0, 'male', 'female') as sex,
        (hash(range // 10, 3) % 13 + range % 10)::int as age,
        hash(range, 4) % 10 = 0 as without_residence,
        hash(range, 5) % 60 = 0 as with_residence,
        true as synthetic,
        'individual data: synthetic, of a benchmark' as source
    from range({rows})
) to '{file}' (format parquet)
"""


def bare_duckdb(file):
    """GROUP BY in SQL."""
    import duckdb

    keys = ", ".join(BY)
    query = f"select {keys}, count(*) as population, sum({USE}::bigint) as users from '{file}' group by {keys}"  # noqa: S608
    return duckdb.sql(query).df()


def bare_polars(file):
    """group_by in Polars' own words."""
    import polars as pl

    return pl.scan_parquet(file).group_by(BY).agg(population=pl.len(), users=pl.col(USE).sum()).collect()


def frame_of(engine, file):
    """Give the file as a frame of the engine."""
    if engine == "duckdb":
        return file
    if engine == "polars":
        import polars as pl

        return pl.scan_parquet(file)
    if engine == "dask":
        import dask.dataframe

        return dask.dataframe.read_parquet(file)
    if engine == "pyarrow":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(file)
    if engine == "pandas":
        return pd.read_parquet(file)
    from pyspark.sql import SparkSession

    made = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.log.level", "OFF")
    return made.getOrCreate().read.parquet(file)


def through_bereik(engine, file):
    """Count through bereik."""
    from bereik.counts.persons import count

    return count(frame_of(engine, file), by=BY, use=USE, order={"severity": BANDS})


def measure(job, engine, file, first):
    """Run one job in this process; print seconds, processor seconds, peak memory in MiB, and what was counted.

    It counts a small file first (not with Spark), so that loading libraries is not measured.
    """
    warnings.simplefilter("ignore")
    bare = {"duckdb": bare_duckdb, "polars": bare_polars}

    def count_once(path):
        return bare[engine](path) if job == "bare" else through_bereik(engine, path)

    if engine != "spark":
        count_once(first)
    start, worked = time.perf_counter(), time.process_time()
    table = count_once(file)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds, worked, peak, len(table), int(table["population"].sum()), int(table["users"].sum())]))


def run(job, engine, file):
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--measure", job, engine, file, str(Path(file).with_name("first.parquet"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def generate(rows, file):
    """Write made-up person-years with DuckDB: ten years of each youth."""
    import duckdb

    duckdb.sql(GENERATOR.format(rows=rows, file=file))


def pairs(file):
    """Time bereik and the bare GROUP BY in turn."""
    rows = []
    for engine in ("duckdb", "polars"):
        runs, found = {"bare": [], "bereik": []}, set()
        for _ in range(PAIRS):
            for job, measured in runs.items():
                *numbers, cells, population, users = run(job, engine, file)
                measured.append(numbers)
                found.add((cells, population, users))
        if len(found) != 1:
            raise SystemExit(f"the counts differ: {found}")
        bare, own = (np.array(runs[job]).T for job in runs)  # seconds, processor seconds, peak memory
        ratios = own[0] / bare[0]
        rows.append(
            {
                "engine": engine, "bare s": bare[0].min(), "bereik s": own[0].min(),
                "ratio of lowest": own[0].min() / bare[0].min(), "pairs, lowest": ratios.min(),
                "median": np.median(ratios), "highest": ratios.max(), "bare processor s": bare[1].min(),
                "bereik processor s": own[1].min(), "ratio": own[1].min() / bare[1].min(),
                "peak MiB bare": round(bare[2].max()), "peak MiB bereik": round(own[2].max()), "cells": cells,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def others(file):
    """Measure the engines that are reported only."""
    rows = []
    for engine in ("duckdb", "polars", "pandas", "pyarrow", "dask", "spark"):
        try:
            runs = [run("bereik", engine, file) for _ in range(1 if engine == "spark" else 3)]
        except subprocess.CalledProcessError:
            rows.append({"engine": engine, "lowest s": "not installed", "processor s": "", "peak MiB": ""})
            continue
        least, worked = (min(one[at] for one in runs) for at in (0, 1))
        peak = "the Java process is not measured" if engine == "spark" else round(max(one[2] for one in runs))
        rows.append({"engine": engine, "lowest s": f"{least:.2f}", "processor s": f"{worked:.2f}", "peak MiB": peak})
    return pd.DataFrame(rows)


def markdown(table):
    """Write a table in Markdown."""
    cells = [
        [f"{value:.2f}" if isinstance(value, float) else str(value) for value in row]
        for row in table.itertuples(index=False)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [list(table.columns), ["---"] * table.shape[1], *cells])


def main():
    """Print the tables and write them beside this file."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory() as folder:
        file, small = (str(Path(folder) / name) for name in ("persons.parquet", "small.parquet"))
        generate(1000, str(Path(folder) / "first.parquet"))
        generate(number, file)
        generate(SMALL, small)
        large, rest, size = pairs(file), others(small), Path(file).stat().st_size
    text = f"""# Counts from persons: bereik beside the engine's own GROUP BY

{number:,} person-years in Parquet ({size / 2**20:,.0f} MiB), grouped by {", ".join(BY)}; two shared cores, {PAIRS} interleaved
pairs, each run a process of its own, which has counted a small file before. Bars: ratio of the lowest at most 1.15; peak memory
with DuckDB below 2,048 MiB. bereik also checks that every use and category is there, that a use is true or false, and that all
rows have one source. Seconds by the clock depend on what else the machine does; processor seconds (all threads) much less.

{markdown(large)}

## Other engines: {SMALL:,} person-years through bereik, reading included (Spark: starting its session as well, one run)

{markdown(rest)}
"""
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        main()
