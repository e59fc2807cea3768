import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, MissingColumnError, UnknownNameError
from bereik.estimates.concentration import _point, concentration, concentration_error, concentration_index, mid_ranks
from bereik.estimates.horizontal import horizontal_inequity, need_expected
from bereik.estimates.workings.model_fits import fit

# 200 made-up persons: one number (INCOME; WEIGHTS, in hundredths) or one digit a person.
INCOME = """
1869.34 1618.83 4710.07 3225.69 4463.82 1384.6 2285.23 3138.56 841.61 1166.21 952.05 1477.74 2003.88 964.62 998 1042.6
1758.23 3022.46 1844.55 1039.47 673.49 1602.07 2622.48 2850.64 1683.6 1891.73 7367.72 1827.14 1616.75 1763.14 833.93
2937.33 2812.1 982.87 1898.42 1665.86 723.87 917.04 1231.83 749.95 1741.71 2173.04 617.28 2362.74 1150.89 1771.98
1571.44 393.68 2465.96 1683.42 4097.5 4272.91 1085.65 4626.19 1783.55 1025.15 1710.73 3002.31 796.35 1169.14 3530.72
1197.99 1907.28 1261.46 853.65 742.48 2038.29 1784.8 2952.96 2526.29 2862.28 1410.81 1906.94 770.82 1610.62 3511.78
6171.44 3274.59 1523.82 2772.94 1461.59 3665.05 1834.39 1446.1 2628.71 1835.88 2465.83 3167.99 1615.43 1489.01 7092.89
1322.29 1888.24 1351.97 1405.67 999.48 1669.31 4812.31 3744.78 1962.73 1906.67 2463.36 4029.06 1386.67 4229.75 907.01
1924.12 1186.75 1454.76 4081.6 2881.64 477.6 1821.66 2289.73 2630.39 5890.3 1569.29 2045.85 3684.78 1314.85 1097.44
1493.02 3332.95 1524.74 3769.24 1710.53 2085.15 2344.5 899.67 2126.43 4265.06 2385.82 2101.64 1476.47 2373.07 1200.73
1897.7 1530.66 2963.17 959.74 1871.82 1520.23 4857.15 3512.48 1050.84 1718.71 1187.66 804.78 3646.96 2760.95 850.5
1101.66 1262.53 768.36 1165.77 931.1 2165.26 1498.15 2689.95 2086.28 1513.87 1450.58 3498.98 761.34 1874.77 1172.98
2780.02 1524.72 715.98 3124.85 3116.55 6185.92 669.11 611.63 2363.13 751.86 2844.34 1216.2 3399.75 2002.23 4932.14
550.81 1581.59 3221.72 5562.14 2711.06 1011.08 6782.97 1579.81 1643.47 2101.67 3089.19 2191.48 1801.98 2769.51 522.66
1876.51 3240.3 2975.63 2118.52
"""
WEIGHTS = """
68 96 259 293 249 118 286 296 180 270 120 80 264 208 215 58 60 95 264 70 211 143 270 188 158 240 97 101 110 275 160
256 82 81 267 287 99 105 223 264 253 175 229 84 229 143 186 281 185 95 289 201 93 61 149 79 110 144 186 105 289 84 208
163 81 233 252 187 125 214 236 257 253 181 234 75 89 149 245 210 295 90 168 256 276 100 224 176 281 262 165 145 158
201 166 282 291 72 145 217 299 120 219 167 149 82 105 82 293 170 278 100 120 218 219 65 127 259 115 233 117 240 107
148 116 106 99 158 65 223 166 187 232 134 181 165 247 189 224 110 217 200 224 80 86 178 239 59 66 294 151 138 170 276
69 78 231 123 105 109 297 100 218 99 88 161 228 295 237 164 73 220 105 219 250 67 58 256 224 145 167 90 256 162 83 123
209 113 279 62 89 111 89 201 194 106 286 192 169 286
"""
BINARY = """
0010101101000010011111000001010110110111111010000100001100101011100000101100011010100000110001110010100110110001010000
0000101101010011011010101000010011110000000010001110100010011000100000000001010110
"""
VISITS = """
1202603142022411322211100404022122301225112021102531213321140110415122122211021933120020060031213141360512221021042173
0001902210100021052220021041112212040212330403313522402021110126200201301001120401
"""
NEED = """
1101411011011201011122010123221040001331030210000100102211240121212000110110000514121210030111213121141132200011031020
0001502101222011122220121010011012031310320112302411300120313203100211202201310313
"""
TIED = """
3355524512123111353112443353331441331121341423214355153134125232113344423135552425324345325232213553345251322541344524
5212525344145442423241325513215411212142442251324215551141425351255415234543413544
"""
DIGITS = {name: [int(figure) for figure in text if figure.isdigit()]
          for name, text in (("binary", BINARY), ("visits", VISITS), ("need", NEED), ("tied", TIED))}  # fmt: skip
PERSONS = pd.DataFrame(DIGITS).assign(
    income=[float(figure) for figure in INCOME.split()], weight=[int(figure) / 100 for figure in WEIGHTS.split()]
)
RANKED = PERSONS.sort_values("income")
ALONE = np.ones(200)


def persons_as_counts(**more):
    return RANKED.assign(region="A", population=1, users=RANKED["binary"], synthetic=True, source="made up", **more)


def counts(population, users, region="A"):
    rows = {"region": region, "income": range(len(population)), "population": population, "users": users}
    return pd.DataFrame(rows).assign(synthetic=True, source="made up")


def indices(data, **more):
    return concentration_index(data, by=["region"], over="income", **more)


def test_the_four_indices_of_a_yes_no_outcome_equal_rineq():
    # R 4.5.0, rineq 0.3.0: ci(type = CI, CIg, CIw (Wagstaff), CIc (Erreygers)) on 200 persons, no ties.
    found = indices(persons_as_counts())
    assert found["measure"].tolist() == ["concentration_index", "generalised_concentration_index", "wagstaff_index",
                                         "erreygers_index"]  # fmt: skip
    expected = [-0.065609756097561, -0.0269, -0.111202976436544, -0.1076]
    assert found["value"].tolist() == pytest.approx(expected, rel=1e-8)
    # Its standard errors (method linreg_delta) take the ranks as fixed and divide by n - 2: near ours, not equal.
    errors = (found["upper"] - found["lower"]) / (2 * 1.959963984540054)
    theirs = [0.0495611234087664, 0.0203200605975942, 0.0840019040826549, 0.0812802423903769]
    assert errors.tolist() == pytest.approx(theirs, rel=0.03)


def test_index_and_standard_error_of_a_count_outcome_equal_rineq_and_ic2():
    # R 4.5.0, rineq 0.3.0 ci(method = "direct"): index -0.0505652173913043, standard error 0.0401822426309002, weighted
    # index -0.0418705865202312; IC2 1.0-1 calcSConc gives the same two indices.
    visits, weight = RANKED["visits"].to_numpy(float), RANKED["weight"].to_numpy()
    assert float(concentration(visits, ALONE)) == pytest.approx(-0.0505652173913043, rel=1e-8)
    assert float(concentration(visits, weight)) == pytest.approx(-0.0418705865202312, rel=1e-8)
    error = concentration_error(visits, visits**2, ALONE, 200)
    assert error(1, 0) == pytest.approx(0.0401822426309002, rel=1e-8)


def test_tied_ranks_equal_the_middle_rank_of_rineq_whatever_the_order_of_rows():
    # R 4.5.0, rineq 0.3.0 ci(rank_function = rank_gwt): ties share their rank.
    for weight, expected in ((ALONE, -0.0533333333333333), (PERSONS["weight"], -0.0521970594514736)):
        bands = (
            PERSONS.assign(weight=weight, total=PERSONS["visits"] * weight).groupby("tied")[["weight", "total"]].sum()
        )
        mean = (bands["total"] / bands["weight"]).to_numpy()
        assert float(concentration(mean, bands["weight"].to_numpy())) == pytest.approx(expected, rel=1e-8)
    ranks = mid_ranks(bands["weight"].to_numpy())
    expected = [0.0837755219748529, 0.277872303610566, 0.494073710923982, 0.70922251701465, 0.909245587726381]
    assert ranks.tolist() == pytest.approx(expected, rel=1e-8)


def test_three_bands_by_hand():
    # shares 1/3, ranks 1/6, 1/2, 5/6, rates 0.3, 0.2, 0.1, mean 0.2: sum f p R = (0.05 + 0.1 + 0.25/3) / 3 = 0.0777778;
    # C = 2 / 0.2 x 0.0777778 - 1 = -0.2222222; generalised 0.2 C; Wagstaff C / 0.8; Erreygers 0.8 C.
    found = indices(counts([100, 100, 100], [30, 20, 10]))
    assert found["value"].tolist() == pytest.approx([-2 / 9, -0.4 / 9, -2.5 / 9, -1.6 / 9])
    row = found.iloc[0]
    assert (row["numerator"], row["denominator"], row["confidence"]) == (60, 300, 0.95)
    assert row["method"] == "mid-ranks over income; delta method; notional superpopulation"


@pytest.mark.parametrize(
    ("population", "rates"),
    [
        ([300, 500, 200], [0.3, 0.2, 0.1]),
        ([2000, 100, 900, 40], [0.02, 0.3, 0.05, 0.5]),
        ([150] * 4, [0.95, 0.9, 0.8, 0.1]),
        ([60] * 10, np.linspace(0.1, 0.5, 10)),
    ],
)
def test_standard_errors_are_the_spread_of_repeated_draws(population, rates):
    generator, total = np.random.default_rng(0), sum(population)
    n = generator.multinomial(total, np.array(population) / total, 20_000)
    values = _point(generator.binomial(n, rates).astype(float), n.astype(float))
    users = np.round(np.array(population) * rates)
    found = indices(counts(population, users.astype(int)))
    errors = (found["upper"] - found["lower"]) / (2 * 1.959963984540054)
    assert errors.tolist() == pytest.approx(np.nanstd(values, axis=0).tolist(), rel=0.03)  # Monte Carlo error 0.5 %


def test_coverage_of_the_delta_limits():
    generator, population, rates = np.random.default_rng(1), np.array([150, 250, 100]), np.array([0.3, 0.2, 0.15])
    truth, replicates = _point(population * rates, population.astype(float)), 500
    n = generator.multinomial(500, population / 500, replicates)
    found = indices(pd.concat([counts(row, generator.binomial(row, rates), f"r{at}") for at, row in enumerate(n)]))
    limits = found["lower"].to_numpy().reshape(-1, 4), found["upper"].to_numpy().reshape(-1, 4)
    inside = ((limits[0] <= truth) & (truth <= limits[1])).mean(axis=0)
    assert inside.tolist() == pytest.approx([0.95] * 4, abs=0.03)  # three times the Monte Carlo error


def test_bootstrap_and_delta_limits_agree_in_large_counts():
    data = counts([3000, 5000, 2000], [900, 1000, 300])
    drawn, formula = indices(data, interval="bootstrap"), indices(data)
    for name in ("lower", "upper"):
        assert (np.abs(drawn[name] - formula[name]) < 0.06 * (formula["upper"] - formula["lower"])).all()
    assert "bootstrap of counts, 2000 replicates" in drawn["method"].iloc[0]
    assert indices(data, interval=None)[["lower", "upper", "confidence"]].isna().all(axis=None)


@given(st.lists(st.tuples(st.integers(20, 300), st.floats(0.05, 0.95)), min_size=2, max_size=8))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_properties_of_the_index(bands):
    population = [2 * n for n, _ in bands]
    users = [2 * max(1, int(n * p)) for n, p in bands]
    data = counts(population, users)
    values = indices(data)["value"]
    assert indices(data.sample(frac=1, random_state=1))["value"].tolist() == pytest.approx(values.tolist())
    scaled = data.assign(population=7 * data["population"], users=7 * data["users"])
    assert indices(scaled)["value"].tolist() == pytest.approx(values.tolist(), abs=1e-12)
    turned = data.assign(income=-data["income"])
    assert indices(turned)["value"].tolist() == pytest.approx((-values).tolist(), abs=1e-12)
    half = data[data["income"] == 1].assign(population=population[1] // 2, users=users[1] // 2)
    split = pd.concat([data[data["income"] != 1], half, half.assign(income=1.5)])
    assert indices(split)["value"].tolist() == pytest.approx(values.tolist(), abs=1e-12)
    non_users = data.assign(users=data["population"] - data["users"])  # both corrections mirror
    assert indices(non_users)["value"].tolist()[2:] == pytest.approx((-values).tolist()[2:], abs=1e-9)


def test_nobody_everybody_one_band_and_empty_bands():
    nobody = indices(counts([50, 50], [0, 0])).set_index("measure")["status"]
    assert nobody.to_dict() == dict.fromkeys(nobody.index, "undefined")
    everybody = indices(counts([50, 50], [50, 50])).set_index("measure")
    assert everybody.loc["concentration_index", "value"] == pytest.approx(0)
    assert everybody.loc["wagstaff_index", "status"] == "undefined"
    assert everybody["lower"].isna().all()
    one = indices(counts([50], [20]))
    assert one["value"].tolist() == pytest.approx([0] * 4)
    assert one["lower"].isna().all()
    with_empty = indices(counts([100, 0, 100, 100], [30, 0, 20, 10]))
    pd.testing.assert_frame_equal(with_empty, indices(counts([100, 100, 100], [30, 20, 10])))


def test_hidden_groups_groups_without_youths_and_thirty_groups():
    data = pd.concat([counts([50, 50], [5, 9], "A"), counts([50, 50], [5, 9], "B"), counts([0, 0], [0, 0], "C")])
    data = data.astype({"users": "Int64", "population": "Int64"}).assign(status="shown").reset_index(drop=True)
    data.loc[1, ["population", "users", "status"]] = [pd.NA, pd.NA, "suppressed"]
    found = indices(data)
    statuses = found.groupby("region", observed=True)["status"].first().to_dict()
    assert statuses == {"A": "suppressed", "B": "shown", "C": "no_population"}
    many = pd.concat([counts([60, 40], [5 + number, 9], f"r{number}") for number in range(30)])
    assert indices(many)["region"].drop_duplicates().astype(str).tolist() == [f"r{number}" for number in range(30)]


def test_weighted_counts_use_the_effective_population():
    data = counts([100.0, 100.0, 100.0], [30.0, 20.0, 10.0]).assign(
        weighted=True, n_unweighted=50, users_unweighted=10, effective_population=25.0
    )
    plain, weighted = indices(counts([100, 100, 100], [30, 20, 10])), indices(data)
    assert weighted["value"].tolist() == pytest.approx(plain["value"].tolist())
    widths = (weighted["upper"] - weighted["lower"]) / (plain["upper"] - plain["lower"])
    assert widths.tolist() == pytest.approx([2] * 4)  # a quarter of the persons
    with pytest.raises(BereikError, match="weighted counts"):
        indices(data, interval="bootstrap")


def test_what_cannot_be_ranked_is_refused():
    data = counts([50, 50], [5, 9])
    with pytest.raises(BereikError, match="without a declared order"):
        indices(data.assign(income=["low", "high"]))
    with pytest.raises(MissingColumnError, match="'incom'"):
        concentration_index(data, by=["region"], over="incom")
    with pytest.raises(BereikError, match="none of them named twice"):
        concentration_index(data, by=["region", "income"], over="income")
    with pytest.raises(UnknownNameError, match="did you mean 'delta'"):
        indices(data, interval="deltas")
    with pytest.raises(IncomparableError):
        indices(data.assign(synthetic=[True, False]))


def test_need_expected_use_of_a_linear_model_equals_rineq():
    # R 4.5.0, rineq 0.3.0 ci() on lm(visits ~ need + log(income)): CM, CN with log(income) at its mean, HI = CM - CN.
    visits = RANKED["visits"].to_numpy(float)
    matrix = np.column_stack([ALONE, RANKED["need"], np.log(RANKED["income"])])
    coefficients = fit("linear", matrix, visits, ALONE)
    assert coefficients.tolist() == pytest.approx([3.00866652767534, 0.817635285635861, -0.301945794075493], rel=1e-8)
    expected = need_expected("linear", matrix, np.array([False, False, True]), visits, ALONE)
    assert expected.mean() == pytest.approx(1.725, rel=1e-8)
    needed = float(concentration(expected, ALONE))
    assert needed == pytest.approx(0.00558124955847087, rel=1e-8)
    assert float(concentration(visits, ALONE)) - needed == pytest.approx(-0.0561464669497753, rel=1e-8)


def test_horizontal_inequity_with_a_logistic_model_equals_rineq():
    # R 4.5.0, rineq 0.3.0 ci() on glm(binary ~ need + log(income), binomial)
    found = horizontal_inequity(
        persons_as_counts(log_income=np.log(RANKED["income"])), by=["region"], over="income", need=["need"],
        controls=["log_income"], linear=["need", "log_income"], model="logit",
    )  # fmt: skip
    expected = [-0.065609756097561, 0.00304552959717748, -0.0686552856947384]
    assert found["value"].tolist() == pytest.approx(expected, rel=1e-6)
    assert found["measure"].tolist()[-1] == "horizontal_inequity_index"


def cells(seed=0, regions=("A",), effect=0.0):
    """Use depends on severity, and on income when `effect` is not 0; the lower incomes have more severe problems."""
    generator, rows = np.random.default_rng(seed), []
    for region in regions:
        for income, severe in ((1, 0.5), (2, 0.3), (3, 0.1)):
            for severity, share, use in (("low", 1 - severe, 0.1), ("high", severe, 0.5)):
                population = int(20_000 * share)
                rows.append(
                    (region, income, severity, population, generator.binomial(population, use + effect * income))
                )
    columns = ["region", "income", "severity", "population", "users"]
    return pd.DataFrame(rows, columns=columns).assign(synthetic=True, source="made up")


def inequity(data, **more):
    return horizontal_inequity(data, by=["region"], over="income", need=["severity"], **more)


@pytest.mark.parametrize("model", ["linear", "logit"])
def test_horizontal_inequity_is_absent_when_use_depends_on_need_only(model):
    equal = inequity(cells(), model=model, interval="bootstrap", replicates=400)
    assert equal["value"].iloc[0] < -0.1  # use is concentrated in the lower incomes, because problems are
    assert abs(equal["value"].iloc[2]) < 0.01
    assert equal["lower"].iloc[2] < 0 < equal["upper"].iloc[2]
    unequal = inequity(cells(effect=0.05), model=model, interval="bootstrap", replicates=400)
    assert unequal["lower"].iloc[2] > 0


def test_horizontal_inequity_by_hand():
    # One need column, nothing held: need-expected use is the rate per severity, low 14/140 = 0.1, high 32/60 = 8/15.
    # Band 1: 60 low and 40 high, expected 6 + 64/3 = 27.3333; band 2: 80 and 20, 8 + 32/3 = 18.6667; observed 26 and 20.
    # With two equal bands C = (share of band 2 - share of band 1) / 2: (20 - 26) / 92 = -0.0652174 and -8.6667 / 92.
    data = pd.DataFrame({"region": "A", "income": [1, 1, 2, 2], "severity": ["low", "high"] * 2,
                         "population": [60, 40, 80, 20], "users": [6, 20, 8, 12]})  # fmt: skip
    found = inequity(data.assign(synthetic=True, source="made up"), controls=[])
    assert found["value"].tolist() == pytest.approx([-6 / 92, -26 / 276, -6 / 92 + 26 / 276])


def test_horizontal_inequity_is_per_group_and_ignores_the_order_of_rows():
    both = cells(3, regions=("A", "B"))
    found = inequity(both.sample(frac=1, random_state=2))
    for region in ("A", "B"):
        alone = inequity(both[both["region"] == region])["value"]
        assert found.loc[found["region"] == region, "value"].tolist() == pytest.approx(alone.tolist())


def test_horizontal_inequity_that_cannot_be_computed():
    data = cells(4)
    nobody = inequity(data.assign(users=0))
    assert (nobody["status"] == "undefined").all()
    perfect = inequity(data.assign(users=data["users"].where(data["severity"] == "low", 0)), model="logit")
    assert perfect["status"].tolist() == ["shown", "undefined", "undefined"]
    with pytest.raises(BereikError, match="none of them the ordered column"):
        horizontal_inequity(data, by=["region"], over="income", need=["income"])
    with pytest.raises(UnknownNameError, match="model 'probit'"):
        inequity(data, model="probit")
    with pytest.raises(MissingColumnError, match="'age'"):
        horizontal_inequity(data, by=["region"], over="income", need=["age"])


def test_hashed_groups_of_persons_are_added_up_and_drawn_as_a_whole():
    generator, parts = np.random.default_rng(5), []
    for group in range(30):  # where the first band uses much the last uses little, and the other way round
        level = generator.uniform(0, 0.5)
        users = generator.binomial(60, [level, 0.25, 0.5 - level])
        parts.append(counts([60, 60, 60], users).assign(group=group))
    grouped = pd.concat(parts, ignore_index=True)
    added = counts([1800] * 3, grouped.groupby("income")["users"].sum().tolist())
    one, two = indices(grouped, interval="bootstrap"), indices(added, interval="bootstrap")
    assert one["value"].tolist() == pytest.approx(two["value"].tolist())
    by_group = grouped["users"].to_numpy(float).reshape(30, 3)
    users = by_group[generator.integers(0, 30, (4000, 30))].sum(axis=1)
    lower, upper = np.quantile(_point(users, np.full(users.shape, 1800.0)), [0.025, 0.975], axis=0)
    assert (np.abs(one["lower"] - lower) < 0.08 * (upper - lower)).all()
    assert (np.abs(one["upper"] - upper) < 0.08 * (upper - lower)).all()
    assert ((one["upper"] - one["lower"]) > 2 * (two["upper"] - two["lower"])).all()
    assert indices(grouped, interval=None)["value"].tolist() == pytest.approx(two["value"].tolist())
    with pytest.raises(BereikError, match="hashed groups"):
        indices(grouped)
