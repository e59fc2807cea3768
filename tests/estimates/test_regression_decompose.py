import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, MissingColumnError, UnknownNameError
from bereik.estimates.regression_decompose import decompose_regression
from bereik.estimates.workings.fairlie import _matched, fairlie_contributions
from bereik.estimates.workings.model_fits import fit, main_effects

FAST = settings(max_examples=20, deadline=None, derandomize=True)

# 600 made-up youths, one character (for inc: one number, thousandths) a youth; the first 420 are group A, the others B.
USE = """
0000000000000100000000000000100001000100100000000010000000000000000000000000000010000010000000000000000001000100100000
0000000000010000000000000010000000000000000000100010101000000000000100001000000000100000100001001000000000010100000000
0000000000000001000000000001000000000000000110100000000000000000001000100000100001000001100100010100000000001000000000
0000010000010000000000010000001001000000000100000000001010000001001000010000000000000000100000000000010000000000001000
0000010001010000000000010000100000100000001000010000001100000000001000000000000001000100001000000000000000100010000000
0000000000
"""
SEVERITY = """
1011010020221101020000121011000003110301221020001101001100000001012100101001001000101030021210101131010101000101100210
0020101011230000111001200013101000201000100110110110210101001102010311100000000022301020100112002001000121020200003012
0012000000010110010000100011011023000010100311010023101221101120010130210100100003102112102200031101223201120010112121
1011011011110101121001001000011021201020123201121300112100001110100312030023102112022101301211101210111112202110011010
1000110212212021013202120212311020111200121011031203110100120120102121110100111102010212211120101201001020320021310111
2022020111
"""
URBAN = """
1100000011010000011001010010010011000011011010000001001110100010011111011000000100100001101000110010111000100000110000
1010011001010100100001100000001100001001000101000001110100000100110001101000000011010001000100010010011011010100001000
0001000001000100001010000100100000001001100000100101001010000000100001001000100110100001010100100100011000001110111001
0110001101100000100000111000100001000001000100101001000111100000011111110011111100111111101110010100110010101111001001
1011001110111100101101111111110111011111101011111001111011111011110101111101010111010111010110110101100111100011000100
1110101011
"""
INCOME = """
2956 2284 2441 3134 3396 2825 2546 2958 2690 3259 2795 1932 1795 2165 4065 2389 2580 2619 3121 2279 2066 2700 2794
2260 3929 2518 2088 2943 1624 2418 2642 2288 3269 2361 3166 1842 3285 1562 2604 2821 2273 1805 2764 2618 2962 3357
2025 2839 2027 3248 2396 2998 2961 2221 1580 2346 2965 3008 3187 2049 2477 2875 2225 2274 2821 2335 2686 2658 2895
2245 3472 2388 2394 2525 2625 2535 2496 2369 3763 2179 2687 2478 2732 2615 3364 2795 1793 3011 2534 3203 2607 2972
3047 2028 3309 2876 2393 2520 1924 2508 3600 2994 2695 2185 3079 1570 2723 2548 2761 2952 3299 2638 3010 2966 2970
2638 2060 2198 1820 2905 1741 3388 2549 2384 3026 2454 3330 1908 3003 3308 3649 3322 3090 2142 3096 3094 1785 2153
2304 2593 2292 3381 2493 2377 2880 2400 1988 2338 2694 2395 2036 3046 2172 1467 2983 3081 2835 2969 1995 3216 2927
2918 2869 3190 1814 2578 2668 3249 3525 2307 2987 2496 2442 2580 2492 2581 2570 2232 2329 2929 2753 2300 2253 2893
2154 2774 2484 2718 2354 3099 2590 2533 2793 2498 2174 2672 2302 3073 1840 2877 2988 2234 3000 2608 3717 2186 1555
3483 2559 2062 2636 2823 2132 3044 2318 2178 2263 2408 2485 1539 2197 2374 2217 1619 2416 3442 2031 2994 2966 2766
2173 2020 2476 2915 2715 3614 2526 2180 1684 2682 2039 2357 2765 2061 2403 3388 2940 2259 2411 2617 2960 2803 2818
2496 2493 2720 1750 3364 2451 2859 3271 3582 2284 2549 1765 2729 2558 2862 2686 1673 2101 2123 3005 1863 3012 3367
2316 2515 3171 1880 1989 3016 1672 2152 2995 2687 2669 2114 3505 3344 2606 1983 1920 2842 2462 2442 2432 3344 2857
2446 1309 3244 2902 2665 2708 2182 2544 1552 2557 2353 1979 3198 2274 3397 2840 2167 3041 3735 2625 2671 3008 2063
2430 2231 2501 3040 2460 2023 2520 2520 1911 2098 1757 2434 2197 3216 2047 2949 2692 3303 2208 2349 2950 2980 2696
1950 2130 3604 2354 1579 3092 2182 2395 2462 2877 3144 2274 2442 2507 2613 2895 2313 2674 3026 1759 2860 2241 3027
2569 2399 2850 2533 2468 2218 2386 2151 2583 2572 2893 1900 2535 2852 2749 4063 2884 2483 2924 2620 2317 2015 2431
2474 3013 3095 2988 2197 2399 3443 3474 1810 2120 3184 2515 2110 2339 2079 2586 2319 2871 2898 2349 2371 2660 2776
3412 2418 2504 3500 2869 2712 2530 1534 1803 2086 1644 2584 2504 2638 2538 2034 1589 2634 1431 2155 1285 1919 2641
2308 2947 1495 2033 1446 2522 1780 1470 2141 2003 1932 2620 1895 1991 2418 3064 2084 2653 1899 2051 2181 1502 3282
1603 2023 1188 1997 1129 1703 1918 2234 642 1965 1860 2471 1895 2089 1922 2539 1504 1555 2355 2453 2174 2793 2016 1818
2234 1630 1274 2098 2376 1959 2403 1725 2881 2335 1636 3640 2614 2672 1675 2690 2009 2001 2652 1897 1465 2687 1558
1831 2225 2818 1807 2593 1970 1547 2153 2036 2351 1575 1752 2027 1612 1838 2055 2417 1775 2705 1954 1992 1530 1587
2213 1437 2018 2530 1661 2278 1833 1447 2728 1645 1296 3177 3195 1197 2581 2911 2673 2342 3289 1648 2265 2115 2927
1920 1292 2319 2866 1702 1919 1857 1533 1397 1790 2213 2302 1927 2676 2044 1730 2119 2648 2461 2000 1677 2909 3141
1793 2222 2104 1789 2507 1134 1908 2213 2427 2389 2331 2815 2421 2565 1899 2824 1831 1583 2597 1154 2170 3245 2736
2117
"""
# A subsample of A, as large as B: rows counted from 1.
SUBSAMPLE = """
3 6 13 14 16 18 22 25 26 28 32 40 45 47 49 50 51 53 54 55 56 57 59 63 64 68 71 74 75 77 80 81 82 83 84 87 89 90 91 92
96 101 104 105 107 108 109 116 119 120 121 122 125 127 128 129 131 134 135 136 139 145 146 147 148 149 151 154 159 160
161 163 167 169 170 171 172 173 180 181 182 184 186 187 188 190 197 199 202 203 208 209 211 212 215 216 218 222 223
226 228 230 233 234 235 237 240 242 243 248 250 251 253 254 256 258 260 261 265 268 271 277 280 281 285 287 288 291
293 294 295 298 299 300 301 307 309 310 313 316 318 320 321 324 325 326 327 329 333 335 342 343 348 349 351 352 355
358 361 362 364 366 368 369 370 371 373 377 381 387 392 393 395 397 398 399 401 404 406 407
"""
NAMES = ["sev", "inc", "urb"]
YOUTHS = pd.DataFrame(
    {
        name: [int(figure) for figure in text if figure.isdigit()]
        for name, text in (("use", USE), ("sev", SEVERITY), ("urb", URBAN))
    }
).assign(inc=[int(figure) / 1000 for figure in INCOME.split()], origin=["A"] * 420 + ["B"] * 180)


def cells(youths, names):
    grouped = youths.groupby(["origin", *names], as_index=False).agg(users=("use", "sum"), population=("use", "size"))
    return grouped.assign(synthetic=True, source="made up")


def split(counts, names=NAMES, relative_to="B", **more):
    return decompose_regression(counts, by=["origin"], factors=names, relative_to=relative_to, **{"per": 1, **more})


def value(results, component, factor="all"):
    row = results[(results["component"] == component) & (results["factor"] == factor)]
    assert len(row) == 1
    return row["value"].iloc[0]


def categories(generator, groups=2, most=200):
    """Random counts over severity x age x sex for some groups."""
    table = pd.MultiIndex.from_product(
        [[f"g{number}" for number in range(groups)], ["none", "some", "severe"], ["young", "old"], ["f", "m"]],
        names=["origin", "severity", "age", "sex"],
    ).to_frame(index=False)
    population = generator.integers(20, most, len(table))
    users = generator.binomial(population, generator.uniform(0.05, 0.6, len(table)))
    return table.assign(population=population, users=users, synthetic=True, source="made up")


COUNTS = cells(YOUTHS, NAMES)
FACTORS = ["severity", "age", "sex"]

# R 4.5.0, oaxaca 0.1.5: oaxaca(use ~ sev + inc + urb | grp); group weights 0 (B), 1 (A), 0.5, -1 (pooled without, Neumark)
# and -2 (pooled with the group). ddecompose 1.0.0 gives the same for weight 1.
OAXACA = {
    "reference": (-0.0306055907217399, [-0.0298803153199543, -1.74826429791593e-05, -0.000707792758806428]),
    "group": (-0.037997668526451, [-0.0317768470380455, -0.00823349411578413, 0.00201267262737857]),
    "mean": (-0.0343016296240955, [-0.0308285811789999, -0.00412548837938164, 0.000652439934286072]),
    "neumark": (-0.027056432987437, [-0.0306180997782718, -0.00021006615610444, 0.00377173293694924]),
    "pooled": (-0.035502111666802, [-0.0311866210669303, -0.00553721606547806, 0.0012217254656063]),
}


@pytest.mark.parametrize("coefficients", OAXACA)
def test_linear_decomposition_equals_the_r_package_oaxaca(coefficients):
    found = split(COUNTS, linear=NAMES, coefficients=coefficients)
    explained, factors = OAXACA[coefficients]
    assert value(found, "explained") == pytest.approx(explained, rel=1e-8)
    assert value(found, "unexplained") == pytest.approx(-explained, rel=1e-8)  # the crude gap of these youths is 0
    assert [value(found, "explained", name) for name in NAMES] == pytest.approx(factors, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("coefficients", "relative_to", "expected"),
    [
        ("group", "B", -0.0347790597216472),
        ("reference", "B", -0.0263744157391863),
        ("neumark", "B", -0.0237459342816288),
        ("pooled", "A", 0.0341069380111716),  # B minus A, the indicator held at A
    ],
)
def test_logistic_decomposition_equals_glm_in_r(coefficients, relative_to, expected):
    # R 4.5.0, stats::glm; the first also GeneralOaxaca 1.0.
    found = split(COUNTS, linear=NAMES, model="logit", coefficients=coefficients, relative_to=relative_to)
    assert value(found, "explained") == pytest.approx(expected, rel=1e-6)
    assert value(found, "unexplained") == pytest.approx(-expected, rel=1e-6)
    assert value(found, "total") == pytest.approx(0, abs=1e-12)


def test_coefficients_on_counts_are_those_of_glm_on_persons():
    # R 4.5.0, stats::glm(use ~ sev + inc + urb, binomial) on group A
    own = COUNTS[COUNTS["origin"] == "A"]
    made, _ = main_effects(own.astype(dict.fromkeys(NAMES, "category")), NAMES, NAMES)
    coefficients = fit("logit", made.matrix, own["users"].to_numpy(float), own["population"].to_numpy(float))
    expected = [-2.45387203939891, 0.851213540252869, -0.145644278173746, -0.0539157756410442]
    assert coefficients.tolist() == pytest.approx(expected, rel=1e-6)


COEFFICIENTS = np.array([0.851213540252869, -0.145644278173746, -0.0539157756410442])  # of sev, inc, urb
CONSTANT = -2.45387203939891
ROWS = np.array([int(row) for row in SUBSAMPLE.split()]) - 1


def chance(parts):
    return 1 / (1 + np.exp(-(CONSTANT + parts.sum(axis=-1))))


def test_matching_and_switching_equal_an_independent_calculation_in_r():
    # R 4.5.0, hand-written after Fairlie (2005): the subsample of A and B ranked and matched one to one, factors of A
    # switched to those of B in a given order.
    first, second = (YOUTHS.iloc[rows][NAMES].to_numpy() * COEFFICIENTS for rows in (ROWS, slice(420, None)))
    own, other, weight = _matched(first, second, np.ones(180), np.ones(180))
    expected = {
        (0, 1, 2): [-0.0201371055183487, -0.00788203276999719, 0.00238860902614199],
        (2, 1, 0): [0.00184506186687099, -0.00890669025414713, -0.0185689008749277],
    }
    for order, figures in expected.items():
        now, found = own.copy(), []
        for factor in order:
            before = (weight * chance(now)).sum()
            now[:, factor] = other[:, factor]
            found.append(before - (weight * chance(now)).sum())
        assert found == pytest.approx(figures, rel=1e-8)
        assert sum(found) == pytest.approx(-0.0256305292622039, rel=1e-8)


def test_fairlie_is_the_average_over_all_orders_of_switching():
    first, second = (YOUTHS.iloc[rows][NAMES].to_numpy() * COEFFICIENTS for rows in (ROWS, slice(420, None)))
    ranked = [parts[np.argsort(parts.sum(axis=1), kind="stable")] for parts in (first, second)]
    expected = np.zeros(3)
    for order in ([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]):
        now = ranked[1].copy()
        for factor in order:
            before = chance(now).mean()
            now[:, factor] = ranked[0][:, factor]
            expected[factor] += (chance(now).mean() - before) / 6
    found = fairlie_contributions(first, second, np.ones(180), np.ones(180), np.array(CONSTANT))
    assert [float(part) for part in found] == pytest.approx(expected.tolist(), rel=1e-9)


def test_matching_all_youths_at_once_is_what_many_random_samples_tend_to():
    generator = np.random.default_rng(0)
    first, second = (YOUTHS.iloc[rows][NAMES].to_numpy() * COEFFICIENTS for rows in (slice(420), slice(420, None)))
    second = second[np.argsort(second.sum(axis=1), kind="stable")]
    drawn = []
    for _ in range(3000):
        sample = first[generator.choice(420, 180, replace=False)]
        sample, now = sample[np.argsort(sample.sum(axis=1), kind="stable")], second.copy()
        parts = np.zeros(3)
        for factor in generator.permutation(3):
            before = chance(now).mean()
            now[:, factor] = sample[:, factor]
            parts[factor] = chance(now).mean() - before
        drawn.append(parts)
    found = split(COUNTS, linear=NAMES, model="fairlie", coefficients="group")
    error = np.std(drawn, axis=0) / np.sqrt(len(drawn))
    factors = np.array([value(found, "explained", name) for name in NAMES])
    assert np.abs(factors - np.mean(drawn, axis=0)) == pytest.approx(0, abs=4 * error.max() + 1e-4)
    assert factors.sum() == pytest.approx(-0.0347790597216472, rel=1e-6)  # all youths: the total of R's glm


def test_a_saturated_linear_model_by_hand():
    # Reference b: use 0.1 in low, 0.4 in high. a has 90/10, b 50/50: explained (0.1 - 0.5) x (0.4 - 0.1) = -0.12.
    counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2, "population": [90, 10, 50, 50],
                           "users": [9, 5, 5, 20], "synthetic": True, "source": "made up"})  # fmt: skip
    found = split(counts, ["severity"], relative_to="b")
    assert found["value"].tolist() == pytest.approx([-0.11, -0.12, 0.01, -0.12])
    row = found.iloc[1]
    assert (row["measure"], row["numerator"], row["denominator"]) == ("decomposition_component", 14, 100)
    assert (
        row["method"]
        == "group minus reference; Oaxaca-Blinder, linear probability model; coefficients of the reference"
    )
    # With one factor the logistic model is saturated as well, so it gives the same; and Fairlie's only factor takes all.
    for model in ("logit", "fairlie"):
        assert split(counts, ["severity"], relative_to="b", model=model)["value"].tolist()[:3] == pytest.approx(
            [-0.11, -0.12, 0.01], abs=1e-9
        )


CHOICES = [(model, whose) for model in ("linear", "logit", "fairlie") for whose in OAXACA]


@FAST
@given(st.integers(0, 10**6), st.sampled_from(CHOICES))
def test_components_add_up(seed, choice):
    counts = categories(np.random.default_rng(seed), groups=3)
    found = split(counts, FACTORS, relative_to="g1", model=choice[0], coefficients=choice[1])
    totals = counts.groupby("origin")[["users", "population"]].sum()
    rates = totals["users"] / totals["population"]
    for origin in ("g0", "g2"):
        own = found[found["origin"] == origin]
        assert value(own, "total") == pytest.approx(rates[origin] - rates["g1"], abs=1e-12)
        assert value(own, "explained") + value(own, "unexplained") == pytest.approx(value(own, "total"), abs=1e-12)
        if choice[0] != "logit":
            factors = sum(value(own, "explained", name) for name in FACTORS)
            assert factors == pytest.approx(value(own, "explained"), abs=1e-12)


@FAST
@given(st.integers(0, 10**6), st.sampled_from(CHOICES))
def test_order_of_rows_scale_and_a_split_stratum_change_nothing(seed, choice):
    generator = np.random.default_rng(seed)
    counts = categories(generator)
    counts = counts.assign(population=2 * counts["population"], users=2 * counts["users"])
    options = {"names": FACTORS, "relative_to": "g1", "model": choice[0], "coefficients": choice[1]}
    first = split(counts, **options)["value"].tolist()
    assert split(counts.iloc[generator.permutation(len(counts))], **options)["value"].tolist() == pytest.approx(
        first, abs=1e-9
    )
    larger = counts.assign(population=5 * counts["population"], users=5 * counts["users"])
    assert split(larger, **options)["value"].tolist() == pytest.approx(first, abs=1e-9)
    half = counts[counts["severity"] == "some"]
    half = half.assign(population=half["population"] // 2, users=half["users"] // 2)
    parted = pd.concat([counts[counts["severity"] != "some"], half, half.assign(severity="some more")])
    assert split(parted, **options)["value"].tolist() == pytest.approx(first, abs=1e-7)


@FAST
@given(st.integers(0, 10**6), st.sampled_from(["linear", "logit", "fairlie"]))
def test_swapping_two_groups_negates_every_part_and_swaps_whose_coefficients_count(seed, model):
    counts = categories(np.random.default_rng(seed))
    for own, other in (("group", "reference"), ("mean", "mean"), ("neumark", "neumark")):
        one = split(counts, FACTORS, relative_to="g1", model=model, coefficients=own)
        two = split(counts, FACTORS, relative_to="g0", model=model, coefficients=other)
        assert one["value"].tolist() == pytest.approx((-two["value"]).tolist(), abs=1e-9)


def test_the_category_that_is_left_out_does_not_matter():
    counts = categories(np.random.default_rng(4))
    other = counts.assign(severity=pd.Categorical(counts["severity"], ["severe", "some", "none"], ordered=True))
    for model in ("linear", "fairlie"):
        one, two = (split(data, FACTORS, relative_to="g1", model=model) for data in (counts, other))
        assert one["value"].tolist() == pytest.approx(two["value"].tolist(), abs=1e-10)


def test_the_reference_is_taken_within_each_form():
    generator = np.random.default_rng(2)
    parts = [categories(generator).assign(form=form) for form in ("with_residence", "without_residence")]
    both = decompose_regression(pd.concat(parts), by=["form", "origin"], factors=FACTORS, relative_to="g1", per=1)
    alone = [split(part, FACTORS, relative_to="g1")["value"] for part in parts]
    assert both["value"].tolist() == pytest.approx(pd.concat(alone).tolist(), rel=1e-9)


def test_status_of_hidden_groups_and_groups_without_youths():
    counts = (
        categories(np.random.default_rng(6), groups=4)
        .astype({"users": "Int64", "population": "Int64"})
        .assign(status="shown")
    )
    counts.loc[2, ["population", "users", "status"]] = [pd.NA, pd.NA, "not_published"]
    counts.loc[counts["origin"] == "g3", ["population", "users"]] = 0
    found = split(counts, FACTORS, relative_to="g1", interval="bootstrap", replicates=100)
    statuses = found.groupby("origin", observed=True)["status"].unique().str.join(",").to_dict()
    assert statuses == {"g0": "not_published", "g2": "shown", "g3": "no_population"}
    assert found.loc[found["status"] != "shown", ["value", "lower", "numerator"]].isna().all(axis=None)
    assert found.loc[found["status"] == "shown", ["value", "lower", "upper"]].notna().all(axis=None)
    hidden = split(counts, FACTORS, relative_to="g0")
    assert hidden.loc[hidden["origin"] == "g2", "status"].tolist() == ["not_published"] * 6
    empty = split(counts, FACTORS, relative_to="g3")
    assert empty.loc[empty["origin"] == "g2", "status"].tolist() == ["no_population"] * 6


def test_coefficients_that_are_not_determined_are_explained_not_returned():
    counts = categories(np.random.default_rng(7))
    nobody = counts.assign(
        users=counts["users"].where((counts["origin"] != "g1") | (counts["severity"] != "severe"), 0)
    )
    found = split(nobody, FACTORS, relative_to="g1", model="logit")  # separation: infinite effect of severe
    assert found["status"].tolist() == ["shown", "undefined", "undefined"]
    assert "no finite estimate for severity[severe]" in found["method"].iloc[0]
    assert (split(nobody, FACTORS, relative_to="g1")["status"] == "shown").all()  # a linear model has no such trouble
    collinear = counts.assign(again=counts["sex"])
    assert "undefined" in split(collinear, [*FACTORS, "again"], relative_to="g1")["status"].tolist()
    absent = counts[(counts["origin"] != "g1") | (counts["severity"] != "severe")]
    assert "undefined" in split(absent, FACTORS, relative_to="g1")["status"].tolist()
    assert (split(absent, FACTORS, relative_to="g1", coefficients="group")["status"] == "shown").all()


@pytest.mark.parametrize("share", [0, 1])
def test_nobody_and_everybody_in_care(share):
    counts = categories(np.random.default_rng(8))
    counts = counts.assign(users=share * counts["population"])
    assert split(counts, FACTORS, relative_to="g1")["value"].tolist() == pytest.approx([0] * 6, abs=1e-9)
    found = split(counts, FACTORS, relative_to="g1", model="logit")
    assert found["status"].tolist() == ["shown", "undefined", "undefined"]


def test_a_group_without_users_is_compared():
    counts = categories(np.random.default_rng(9))
    counts = counts.assign(users=counts["users"].where(counts["origin"] == "g1", 0))
    for model in ("linear", "logit", "fairlie"):
        assert (split(counts, FACTORS, relative_to="g1", model=model)["status"] == "shown").all()


def test_one_stratum_explains_nothing():
    counts = pd.DataFrame({"origin": ["a", "b"], "severity": "low", "population": [50, 80], "users": [5, 20],
                           "synthetic": True, "source": "made up"})  # fmt: skip
    for model in ("linear", "logit", "fairlie"):
        found = split(counts, ["severity"], relative_to="b", model=model)
        assert value(found, "explained") == pytest.approx(0, abs=1e-12)
        assert value(found, "unexplained") == pytest.approx(-0.15)


def test_thirty_groups():
    counts = categories(np.random.default_rng(10), groups=30)
    found = split(counts, FACTORS, relative_to="g4", model="fairlie")
    assert found["origin"].nunique() == 29
    assert (found["status"] == "shown").all()


@pytest.mark.parametrize("model", ["linear", "fairlie"])
def test_bootstrap_limits_have_the_spread_of_repeated_draws(model):
    counts = categories(np.random.default_rng(11), most=400)
    found = split(
        counts, FACTORS, relative_to="g1", model=model, coefficients="pooled", interval="bootstrap", replicates=800
    )
    generator, drawn = np.random.default_rng(12), []
    for _ in range(150):  # the whole estimator, one table at a time
        population = generator.multinomial(
            counts["population"].sum(), counts["population"] / counts["population"].sum()
        )
        users = generator.binomial(population, counts["users"] / counts["population"])
        drawn.append(split(counts.assign(population=population, users=users), FACTORS, relative_to="g1", model=model,
                           coefficients="pooled")["value"].to_numpy())  # fmt: skip
    spread = (found["upper"] - found["lower"]).to_numpy() / (2 * 1.96)
    assert np.std(drawn, axis=0) / spread == pytest.approx(np.ones(6), abs=0.2)  # 150 draws: error 6 % of a spread
    assert ((found["lower"] < found["value"]) & (found["value"] < found["upper"])).all()


def test_what_cannot_be_decomposed_is_refused():
    counts = categories(np.random.default_rng(13))
    for options, kind, words in (
        ({"relative_to": "g9"}, UnknownNameError, "origin 'g9'"),
        ({"model": "probit"}, UnknownNameError, "model 'probit'"),
        ({"coefficients": "refrence"}, UnknownNameError, "did you mean 'reference'"),
        ({"linear": ["income"]}, BereikError, "'income' is no factor"),
        ({"linear": ["severity"]}, BereikError, "'severity' is no number"),
        ({"names": ["income"]}, MissingColumnError, "income"),
        ({"names": "severity"}, BereikError, "a list of one or more"),
        ({"names": list("abcdefg"), "model": "fairlie"}, BereikError, "at most 6"),
        ({"interval": "delta"}, UnknownNameError, "interval 'delta'"),
    ):
        with pytest.raises(kind, match=words):
            split(counts, **{"names": FACTORS, "relative_to": "g1", **options})
    with pytest.raises(IncomparableError):
        split(counts[counts["origin"] == "g1"], FACTORS, relative_to="g1")


def test_hashed_groups_of_persons_are_added_up_and_drawn_as_a_whole():
    generator = np.random.default_rng(14)
    grouped = pd.concat([categories(generator).assign(group=group) for group in range(20)], ignore_index=True)
    sizes = {"population": "sum", "users": "sum", "synthetic": "first", "source": "first"}
    added = grouped.groupby(["origin", *FACTORS], as_index=False, sort=False).agg(sizes)
    for model in ("linear", "fairlie"):
        one, two = (
            split(table, FACTORS, relative_to="g1", model=model, interval="bootstrap", replicates=400)
            for table in (grouped, added)
        )
        assert one["value"].tolist() == pytest.approx(two["value"].tolist(), abs=1e-12)
        # every group has its own random rates, so groups vary more than persons drawn independently
        assert ((one["upper"] - one["lower"]) > 1.2 * (two["upper"] - two["lower"])).all()
