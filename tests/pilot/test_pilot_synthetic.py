"""The synthetic pilot: the same from run to run, in the form of the contract, and its stated truth is recovered."""

import numpy as np
import pandas as pd

from bereik.pilot.files import check_pilot
from bereik.pilot.synthetic import _settings, make_pilot, pilot_truth

WORLDS = 25


def test_the_same_seed_gives_the_same_pilot_and_another_seed_another():
    for one, other in zip(make_pilot(), make_pilot(), strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert not make_pilot().answers.equals(make_pilot(seed=1).answers)


def test_every_world_keeps_the_contract(tmp_path):
    for seed in range(4):
        for name, table in make_pilot(seed)._asdict().items():
            table.to_csv(tmp_path / f"{name}.csv", index=False)
        assert check_pilot(tmp_path).empty


def test_the_truth_by_hand():
    truth = pilot_truth().set_index(["scale", "measure"])["value"]
    # own_practice: three items without shift, each down, same, up with 1/4, 1/2, 1/4. The sum is 0 with
    # probability C(6, 3) / 2^6 = 20/64, so above 0 with 22/64
    assert truth["own_practice", "share_improved"] == 100 * 22 / 64
    # cooperation: four items, one shift: the noise must be above -1; C(8, k) / 2^8 for k = 4 + noise: 163/256
    assert truth["cooperation", "share_improved"] == 100 * 163 / 256
    assert truth["knowledge", "hodges_lehmann_shift"] == 0.75


def test_attendance_and_non_response_are_as_stated():
    pilots = [make_pilot(seed) for seed in range(WORLDS)]
    there = pd.concat([pilot.attendance["attended"] for pilot in pilots])
    assert abs(there.mean() - _settings()["attends"]) < 3 * np.sqrt(0.8 * 0.2 / len(there))
    after = [pilot.answers.query("wave == 'after'")["participant"].nunique() for pilot in pilots]
    assert abs(np.mean(after) / 24 - _settings()["answers_after"]) < 3 * np.sqrt(0.85 * 0.15 / (24 * WORLDS))
    answers = pd.concat([pilot.answers["answer"] for pilot in pilots])
    assert answers.between(1, 5).all()
