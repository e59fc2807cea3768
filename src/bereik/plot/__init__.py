"""Charts: pure functions of a result table and a language; `bereik.figure` writes them with their texts."""

from bereik.plot.bars import bars
from bereik.plot.dots import dots
from bereik.plot.lines import lines
from bereik.plot.network import network

__all__ = ["bars", "dots", "lines", "network"]
