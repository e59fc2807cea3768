"""What an attacker can compute from the released tables of a file of persons, and what is left to show.

Run: python bench/protection.py [FILES]; the tables are written to bench/protection.md. The attacker has every released table,
knows the rules (each cell at least 10 youths, users and non-users; counts rounded to 5) and solves for the smallest and largest
number that each small cell can have, by linear programming over all tables together.
"""

import importlib
import sys
import time
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack, vstack

from bereik import codelist, protect, release
from bereik.data.synthetic import example_youths
from bereik.severity.sdq import severity_bands
from bereik.suppress import is_small

AGES = {"0-3": (0, 3), "4-11": (4, 11), "12-17": (12, 17), "18-22": (18, 22)}
VIEWS = {  # cells in which the attacker thinks, and those that are tried
    "age and sex": ["age_band", "sex"],
    "municipality": ["municipality"],
    "generation": ["generation"],
}
TABLES = ["by_severity", "by_origin", "by_age_and_sex", "by_generation", "by_municipality", "by_circumstances"]
TABLES += ["by_teacher", "how_care_ended"]  # of all these youths have the same persons, the worst case
ENDED = ["goals_reached", "problems_decreased", "ended_prematurely", "returned_within_year"]
TRIED = 30  # small cells of each view and form that are tried; those of origin and severity are all tried
FEW = 10
POSSIBLE = """\
Possible: a use on two bands needs at least 10 users and 10 others in each, so 20 users in all, and a cut of the three bands
that leaves 10 of them on both sides. Whether a group has one is counted on the exact numbers, with a cut for every group by
itself, no rest to fill and no other table beside it: no way to merge bands can show more groups than that. What is reached is
all of it: at 300,000 youths the three groups that are missing have 17, 17 and 12 users in probation at ages with norms, so that
100 % by themselves is out of reach of the rule, at any care in merging; they can be compared in the rest only.
"""


def random_persons(seed, weighted=False):
    """A made-up file: 1,000 to 60,000 youths, 2 to 7 origins, 2 to 5 bands, 1 to 3 forms of care, other rates every time.

    Every youth has a score of a teacher; with one form of care, everybody in care has an outcome: nothing tells the tables apart.
    Weights are the worst there are: everybody knows those of girls and of boys.
    """
    draw = np.random.default_rng(seed)
    n = int(np.exp(draw.uniform(np.log(1_000), np.log(60_000))))
    codes = ["nederlands", "westers", "turkije", "marokko", "suriname", "antillen_aruba", "overig_niet_westers"]
    codes = [codes[0], *draw.choice(codes[1:], draw.integers(1, 7), replace=False)]

    def drawn(values, even):
        return draw.choice(values, n, p=draw.dirichlet(np.full(len(values), even)))

    persons = pd.DataFrame({"id": np.arange(n), "year": 2022, "origin": drawn(codes, 1.0)})
    persons["severity"] = drawn([f"{at} band" for at in range(1, draw.integers(2, 6) + 1)], 3.0)
    persons["age"] = draw.integers(draw.integers(0, 8), draw.integers(12, 20), n)
    persons["sex"] = drawn(["male", "female"], 20.0)
    persons["municipality"] = drawn([f"Place {'ABCDEFGH'[at]}" for at in range(draw.integers(1, 8))], 1.0)
    persons["generation"] = drawn(["born_in_nl", "born_abroad"], 2.0)
    persons["income_group"] = drawn(["low", "middle", "high"], 5.0)
    persons["sdq_teacher"] = draw.integers(0, 41, n)
    at, use = persons["severity"].str[0].astype(int), {}
    for form in ["without_residence", "with_residence", "protection"][: draw.integers(1, 4)]:
        level, steep = draw.uniform(-4.5, -1.5), draw.uniform(0.0, 0.9)
        by_origin = dict(zip(codes, draw.normal(0, 0.6, len(codes)), strict=True))
        use[form] = draw.random(n) < 1 / (1 + np.exp(-(level + steep * at + persons["origin"].map(by_origin))))
    if len(use) == 1:
        ended = pd.Series(draw.random(n) < 0.4, dtype="boolean")
        persons[ENDED[0]] = ended.mask(~use["without_residence"])
    if weighted:
        persons["weight"] = persons["sex"].map({"male": 0.5, "female": 3.0})
    return persons.assign(**use, origin_scheme="migratieachtergrond", synthetic=False, source="individual data: x")


# --- the attacker ------------------------------------------------------------------------------------------------------


class Attack:
    """Everything that the tables say of the cells of one view, as inequalities; `rules`: what is published is 10 or more."""

    def __init__(self, persons, tables, view, rules=True):
        persons = banded(persons)
        self.columns = list(dict.fromkeys(["origin", "severity", *VIEWS[view], *["sex"] * ("weight" in persons)]))
        self.values = [sorted(persons[name].unique()) for name in self.columns]
        self.cells = pd.DataFrame(list(product(*self.values)), columns=self.columns)
        index = pd.MultiIndex.from_frame(self.cells)
        grouped = persons.groupby(self.columns)
        self.forms, self.rules = list(tables["by_severity"]["form"].cat.categories), rules
        self.youths = grouped.size().reindex(index, fill_value=0).to_numpy()
        self.users = {form: grouped[form].sum().reindex(index, fill_value=0).to_numpy() for form in self.forms}
        self.weight, self.half = np.ones(len(self.cells)), 2.0
        if "weight" in persons:
            by_sex = persons.drop_duplicates("sex").set_index("sex")["weight"]
            self.weight, self.half = self.cells["sex"].map(by_sex).to_numpy(), 5.0
        self.main = main_groups()
        self.lines = {
            form: [] for form in self.forms
        }  # mask, youths, users, effective number, cells that were added up
        for name in TABLES:
            if name in tables:
                self.read(tables[name], name, tables["by_severity"])

    def read(self, table, name, by_severity):
        """Turn the rows of a table into sums of cells; columns that the view lacks are added up."""
        by = [column for column in table if isinstance(table[column].dtype, pd.CategoricalDtype)]
        unit = {"by_generation": "generation", "by_municipality": "municipality"}.get(name, "origin")
        places = [column for column in ("form", "outcome", "origin", "main_origin") if column in by and column != unit]
        for place, block in table.groupby(places, observed=True):
            hidden = set(block.loc[block["status"] == "hidden", unit].astype(str))
            rows = block[block["status"] == "shown"]
            if name == "by_origin":  # a total that is the sum of shown parts says nothing more
                seen = by_severity[(by_severity["form"] == place[0]) & (by_severity["status"] == "shown")]
                rows = rows[~rows["origin"].isin(seen["origin"]) | (rows["origin"] == "rest")]
            sums = {}
            for row in rows.to_dict("records"):
                mask = np.ones(len(self.cells), dtype=bool)
                for column in set(by) - {"form", "outcome"} - ({"severity"} if name == "by_teacher" else set()):
                    mask &= self.of(column, str(row[column]), hidden)
                found = sums.setdefault(mask.tobytes(), [mask, 0, 0, row.get("effective_population"), 0])
                found[1:3] = [found[1] + row["population"], found[2] + row["users"]]
                found[4] += 1
            ended = name == "how_care_ended"  # those in care, and not those with a good end
            form = self.forms[0] if ended else place[0]
            self.lines[form] += [[line[0], None, line[1], None, line[4]] if ended else line for line in sums.values()]

    def of(self, column, label, hidden):
        """Say which cells a label holds."""
        if column == "main_origin":
            return self.cells["origin"].map(self.main).eq(label).to_numpy()
        if column not in self.cells:
            return np.ones(len(self.cells), dtype=bool)
        if label == "rest":
            return self.cells[column].isin(hidden).to_numpy()
        if column == "age_band":
            low, high = (int(part) for part in (label.split("-") * 2)[:2])
            return self.cells[column].map(lambda name: AGES[name][0] <= high and low <= AGES[name][1]).to_numpy()
        return self.cells[column].isin(label.split("+")).to_numpy()

    def inequalities(self, form):
        """Give A and b of A x <= b; x is the youths of every cell and then the users of `form`."""
        size, left, right = len(self.cells), [], []

        def between(youths, users, low, high):
            for sign, limit in ((1, high), (-1, -low)):
                left.append(np.concatenate([sign * youths, sign * users]))
                right.append(limit)

        for other in self.forms:
            for mask, youths, users, effective, number in self.lines[other]:
                few = FEW * number if self.rules else 0
                known, spread, nothing = mask * self.weight, self.half * number, np.zeros(size)
                if youths is not None:
                    between(known, nothing, youths - spread, youths + spread)
                    between(mask, nothing, few, np.inf)
                if self.half > 2 and number == 1 and effective:  # sum of squared weights, from the effective number
                    low, high = (youths - spread) ** 2 / (effective + 2.5), (youths + spread) ** 2 / (effective - 2.5)
                    between(known * self.weight, nothing, low, high)
                if other == form:
                    between(nothing, known, users - spread, users + spread)
                    between(nothing, mask, few, np.inf)
                    between(1.0 * mask, -1.0 * mask, few, np.inf)
        rows, limits = csr_array(np.array(left, dtype=float)), np.array(right)
        eye = coo_array(np.eye(size))
        kept = np.flatnonzero(np.isfinite(limits))
        return vstack([rows[kept], hstack([-eye, eye])]).tocsr(), np.array([*limits[kept], *np.zeros(size)])

    def truth(self, what, form, mask):
        """Give the number that the attacker is after."""
        youths, users = self.youths[mask].sum(), self.users[form][mask].sum()
        return {"youths": youths, "users": users, "others": youths - users}[what]

    def targets(self, form, draw):
        """Give the small cells: of origin and severity all, of the view a sample."""
        coarse, fine = [], []
        masks = [self.cells["origin"].eq(one).to_numpy() for one in self.values[0]]
        masks += [mask & self.cells["severity"].eq(band).to_numpy() for mask in masks for band in self.values[1]]
        if "municipality" in self.cells:
            mains = self.cells["origin"].map(self.main)
            keys = [mains, self.cells["severity"], self.cells["municipality"]]
            fine = [self.cells.index.isin(rows) for rows in self.cells.groupby(keys).groups.values()]
        else:
            fine = list(np.eye(len(self.cells), dtype=bool))
        for masks_of, kept in ((masks, coarse), (fine, [])):
            for mask, what in product(masks_of, ("youths", "users", "others")):
                if self.youths[mask].sum() and self.truth(what, form, mask) < FEW:
                    kept.append((what, mask))
            coarse = coarse or kept
        few = draw.permutation(len(kept))[:TRIED]
        return coarse + [kept[at] for at in few] if coarse is not kept else coarse

    def bounds(self, form, what, mask, system):
        """Give the smallest and largest number that a cell can have."""
        youths, users = {"youths": (1, 0), "users": (0, 1), "others": (1, -1)}[what]
        aim = np.concatenate([youths * mask, users * mask]).astype(float)
        solved = [linprog(sign * aim, *system, method="highs") for sign in (1, -1)]
        if any(one.status not in (0, 3) for one in solved):
            raise ArithmeticError(f"{form}: no table fits what was published ({solved[0].message})")
        low, high = (sign * one.fun if one.status == 0 else np.inf for sign, one in zip((1, -1), solved, strict=True))
        return np.ceil(low - 1e-6), np.floor(high + 1e-6)


def banded(persons):
    """Put ages in the bands of the release."""
    name = persons["age"].map(lambda age: next(name for name, (low, high) in AGES.items() if low <= age <= high))
    return persons.assign(age_band=name)


def main_groups():
    """Give for each origin the main group that by_municipality counts it in."""
    groups = codelist("origin", "migratieachtergrond").set_index("code")
    return groups["parent"].where(groups["level"] == "country", groups.index.to_series()).to_dict()


def attacked(persons, tables, draw, rules=True):
    """Attack one file in every view: how many small cells there were, and what was found of them."""
    found, told = Counter(), []
    for view in VIEWS:
        attack = Attack(persons, tables, view, rules)
        for form in attack.forms:
            system = attack.inequalities(form)
            for what, mask in attack.targets(form, draw):
                low, high = attack.bounds(form, what, mask, system)
                found["targets"] += 1
                found["exact"] += int(low == high)
                found["below 10"] += int(high < FEW)
                found["within 5"] += int(high - low <= 5)
                if high < FEW or low == high:
                    cell = attack.cells[mask].drop_duplicates().iloc[[0, -1]].to_dict("list")
                    told.append((view, form, what, cell, low, high, attack.truth(what, form, mask)))
    return found, told


def rounded_only(counts, *, by, over=(), like=None):
    """Round, and do nothing else: the control of the attack."""
    table = counts.assign(status="shown")
    for name in ("population", "users"):
        table[name] = (np.floor(table[name].astype(float) / 5 + 0.5) * 5).astype("int64")
    return table


def by_itself(counts, *, by, over=(), like=None):
    """Protect a table with the bands of the others, but without a look at which groups they hide: the second control."""
    known = None if like is None or not over else like.drop(columns="origin").assign(status="shown")
    return protect(counts, by=by, over=over, like=known)


def tables_of(persons, protection=protect):
    """Release a file, with another protection when asked; give also the counts that were protected."""
    module, counts = importlib.import_module("bereik.data.release"), []
    kept = module.protect

    def recorded(table, **options):
        counts.append(table)
        return protection(table, **options)

    try:
        module.protect = recorded
        return release(persons, score="severity"), counts
    finally:
        module.protect = kept


def study(files, protection=protect, weighted=False):
    """Attack files made with these seeds."""
    found = Counter()
    for seed in files:
        persons = random_persons(seed, weighted)
        made, _ = tables_of(persons, protection)
        found += attacked(persons, made.tables, np.random.default_rng(seed), protection is not rounded_only)[0]
        print(seed, dict(found), flush=True)
    return found


# --- what is left ------------------------------------------------------------------------------------------------------


def scored_example(youths):
    """The persons of the example who have a severity, without the columns that others have or lack."""
    persons = severity_bands(example_youths(youths), score="sdq_parent", informant="parent", scheme="dutch_norms")
    persons["severity"] = (
        persons["severity"].astype("str").map({"normal": "1 of 3", "borderline": "2 of 3", "clinical": "3 of 3"})
    )
    return persons[persons["severity"].notna()].drop(columns=["sdq_parent", "sdq_teacher", "sdq_self", *ENDED])


def two_bands(cells):
    """Say whether a group by itself can be cut in two anywhere with 10 youths, users and others in both parts."""
    bands = cells.sort_values("severity")[["population", "users"]].to_numpy(dtype=float)
    cuts = [(bands[:at].sum(axis=0), bands[at:].sum(axis=0)) for at in range(1, len(bands))]
    return any(not is_small(*np.transpose(parts)).any() for parts in cuts)


def usefulness(made, counts):
    """Share of the groups (origin x form) that can be compared, by themselves or in the rest, and what rounding does to rates.

    The second share is the most that any bands can give, when each group may have its own: see `two_bands`.
    """
    table, exact = made["by_severity"], next(one for one in counts if {"origin", "severity"} <= set(one))
    bands = table[table["status"] == "shown"].groupby(["form", "origin"], observed=True).size() >= 2
    groups = table.loc[table["origin"] != "rest", ["form", "origin"]].drop_duplicates()
    alone = np.array([bool(bands.get((form, origin), False)) for form, origin in groups.itertuples(index=False)])
    rest = np.array([bool(bands.get((form, "rest"), False)) for form in groups["form"]])
    without = groups["form"].eq("without_residence").to_numpy()
    possible = np.mean(
        [
            two_bands(exact[(exact["form"] == form) & (exact["origin"] == origin)])
            for form, origin in groups.itertuples(index=False)
        ]
    )
    shares = [alone.mean(), possible, (alone | rest).mean(), alone[without].mean()]
    errors = []
    for row in table[(table["status"] == "shown") & (table["origin"] != "rest")].itertuples():
        cells = exact[(exact["form"] == row.form) & (exact["origin"] == row.origin)]
        cells = cells[cells["severity"].isin(str(row.severity).split("+"))]
        errors.append(100 * abs(row.users / row.population - cells["users"].sum() / cells["population"].sum()))
    return [*(100 * share for share in shares), max(errors), float(np.median(errors))]


def main(files=30):
    """Write the tables."""
    start = time.perf_counter()
    rows = {f"{files} random files": study(range(files))}
    small = scored_example(20_000)
    made, _ = tables_of(small)
    rows["the example, 20,000 youths"] = attacked(small, made.tables, np.random.default_rng(0))[0]
    few = range(max(1, files // 5))
    rows[f"control: rounded only, {len(few)} files"] = study(few, rounded_only)
    rows[f"control: each table by itself, {len(few)} files"] = study(few, by_itself)
    rows[f"known weights (0.5 and 3), {len(few)} files"] = study(few, weighted=True)
    minutes = (time.perf_counter() - start) / 60
    names = ["targets", "exact", "below 10", "within 5"]
    attacks = "".join(
        f"| {name} | {' | '.join(f'{found[one]:,}' for one in names)} |\n" for name, found in rows.items()
    )
    left = ""
    for youths in (300_000, 60_000, 20_000):
        values = usefulness(*tables_of(scored_example(youths)))
        left += f"| {youths:,} | {' | '.join(f'{value:.0f}' for value in values[:4])} | {values[4]:.1f} | {values[5]:.2f} |\n"
    text = f"""# Protection

Made by `python bench/protection.py`, {minutes:.0f} minutes on shared cores. A target is a cell of fewer than 10 youths, users or
non-users: every origin, every origin by severity, and a sample of origin by severity by age and sex, by generation, and of main
group by severity by municipality. An attacker who has all tables and knows the rules finds by linear programming the smallest
and the largest number it can have: exact when these are one number, proved below 10 when the largest is.

| file | targets | exact | proved below 10 | at most 5 apart |
| --- | --: | --: | --: | --: |
{attacks}
Known weights: whoever knows the weight of every youth, and that one sex has six times the weight of the other, proves of some
cells that few of the heavy ones are in them. Weights that are the same for all of a published category are to be left out.

Groups of the example (origin by form of care) with a use on at least two bands of severity, %, and how far the rates in a band
are from those of unrounded counts, per 100 youths:

| youths | by themselves | possible | by themselves or in the rest | without residence, by themselves | largest error | median |
| --: | --: | --: | --: | --: | --: | --: |
{left}
{POSSIBLE}"""
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
