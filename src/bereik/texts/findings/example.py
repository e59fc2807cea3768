"""What the texts of a pilot's and a programme's figures have in common: whether the data are an example, and whose they are."""

from typing import Any

import pandas as pd

from bereik.small_cells import INDIVIDUAL
from bereik.tables import one_value

__all__ = ["about_example"]


def about_example(data: pd.DataFrame, words: str) -> dict[str, Any]:
    """Say whether the data are an example (`words`: the code of the label that says so), and whose they are."""
    synthetic = bool(one_value(data, "synthetic", where="the data of the figure"))
    sources = data["source"].str.split("; ").explode().str.removeprefix(INDIVIDUAL).unique()
    return {
        "example": "example_title" if synthetic else "", "example_words": words if synthetic else "",
        "source": ", ".join(sources),
    }  # fmt: skip
