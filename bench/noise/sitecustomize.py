"""Python imports this by itself: it lets every result, fit and plotted number differ by a trillionth, as processors do."""

import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder

_SIZE = 1e-12
_FITS = {"numpy.linalg": ("solve", "inv", "pinv", "lstsq"), "scipy.optimize": ("brentq", "nnls")}
_DRAW = ("plot", "scatter", "errorbar", "fill_between", "fill_betweenx", "bar", "barh", "hlines", "vlines", "axvline", "axhline",
         "axvspan", "axhspan", "text", "annotate")  # fmt: skip


def _shaken(value):
    import numpy as np
    import pandas as pd

    if isinstance(value, tuple):
        return tuple(map(_shaken, value))
    if isinstance(value, pd.Series) and value.dtype == "float64":
        return value * _factor(value.shape)
    if isinstance(value, list) and value and all(isinstance(one, float) for one in value):
        return [one * float(_factor(())) for one in value]
    if (
        (isinstance(value, np.ndarray) and value.dtype == "float64")
        or type(value) is float
        or isinstance(value, np.float64)
    ):
        return value * _factor(np.shape(value))
    return value


def _factor(shape):
    return 1 + _SIZE * _generator().uniform(-1, 1, shape)


def _generator(kept={}):  # noqa: B006 - one generator for the whole process
    import numpy as np

    return kept.setdefault("one", np.random.default_rng(int(os.environ["NOISE_SEED"])))


def _after(module):
    """Wrap the functions of a module that was just imported."""
    if module.__name__ == "bereik.tables":
        make = module.result_table

        def result_table(*given, **named):
            made = make(*given, **named)
            floats = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]
            return made.assign(**{name: _shaken(made[name]) for name in floats})

        module.result_table = result_table
    if module.__name__ == "matplotlib.axes":
        for name in _DRAW:
            setattr(module.Axes, name, _with_shaken_arguments(getattr(module.Axes, name)))
    for name in _FITS.get(module.__name__, ()):
        setattr(module, name, _with_shaken_result(getattr(module, name)))


def _with_shaken_result(function):
    def shaken(*given, **named):
        return _shaken(function(*given, **named))

    return shaken


def _with_shaken_arguments(function):
    def shaken(self, *given, **named):
        return function(
            self,
            *map(_shaken, given),
            **{name: _shaken(value) if name in "xy" else value for name, value in named.items()},
        )

    return shaken


class _Finder(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        """Find a module as always, and wrap its functions once it is loaded."""
        if name not in {"bereik.tables", "matplotlib.axes", *_FITS}:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            _after(module)

        spec.loader.exec_module = exec_module
        return spec


if "NOISE_SEED" in os.environ:
    sys.meta_path.insert(0, _Finder())
