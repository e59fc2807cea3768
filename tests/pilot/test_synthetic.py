"""The synthetic pilot: the same from run to run, in the form of the contract, and as its true values say."""

import pandas as pd
import pytest

from bereik.errors import UnknownNameError
from bereik.pilot import example_pilot, read_pilot, true_values

KINDS = ("networks", "ties_before", "ties_after")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_pilot_which_keeps_the_contract(kind, tmp_path):
    drawn = example_pilot(kind)
    assert any(not one.equals(two) for one, two in zip(drawn, example_pilot(kind, seed=1), strict=True))
    for name, table in drawn._asdict().items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    for one, again, read in zip(drawn, example_pilot(kind), read_pilot(tmp_path), strict=True):
        pd.testing.assert_frame_equal(one, again)
        assert one.to_csv() == read.to_csv()  # synthetic stays synthetic


def test_the_true_values_by_hand():
    true = true_values().set_index(["scale", "measure"])["value"]
    # own_practice: three items without shift, each down, same, up with 1/4, 1/2, 1/4. The sum is 0 with
    # probability C(6, 3) / 2^6 = 20/64, so above 0 with 22/64
    assert true["own_practice", "share_improved"].item() == 100 * 22 / 64
    # cooperation: four items, one shift: the noise must be above -1; C(8, k) / 2^8 for k = 4 + noise: 163/256
    assert true["cooperation", "share_improved"].item() == 100 * 163 / 256
    assert true["knowledge", "hodges_lehmann_shift"].item() == 0.75
    with pytest.raises(UnknownNameError, match="did you mean 'networks'"):
        example_pilot("network")
