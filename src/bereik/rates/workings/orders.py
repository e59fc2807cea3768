"""Averages the change that each of several parts makes over all orders in which they can be replaced."""

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np


def average_over_orders(value: Callable[[tuple[int, ...]], np.ndarray], number: int) -> list[np.ndarray]:
    """Give the change of a value when a part is replaced, averaged over all orders of replacing the parts.

    Parameters
    ----------
    value : function
        The value (an array) when the parts with these numbers are replaced and the others are not; called once for each
        set of parts, 2 to the power `number` times in all.
    number : int
        How many parts there are.

    Returns
    -------
    list of numpy.ndarray
        For each part its average change. They add up to the value with all parts replaced minus that with none.

    Notes
    -----
    A set of s of the other parts is what was replaced before a part in s! (number - s - 1)! of the number! orders, so
    the average needs no list of the orders (Das Gupta 1993; the same weights as in Shapley 1953).

    Examples
    --------
    >>> import numpy as np
    >>> before, after = [2.0, 3.0], [5.0, 4.0]  # 2 x 3 becomes 5 x 4
    >>> def product(replaced):
    ...     return np.prod([after[part] if part in replaced else before[part] for part in range(2)])
    >>> [float(change) for change in average_over_orders(product, 2)]
    [10.5, 3.5]
    """
    sets = [chosen for size in range(number + 1) for chosen in combinations(range(number), size)]
    values = {chosen: value(chosen) for chosen in sets}
    changes = []
    for part in range(number):
        without = [chosen for chosen in sets if part not in chosen]
        changes.append(
            sum(
                factorial(len(chosen)) * factorial(number - len(chosen) - 1) / factorial(number)
                * (values[tuple(sorted((*chosen, part)))] - values[chosen])
                for chosen in without
            )
        )  # fmt: skip
    return [np.asarray(change) for change in changes]
