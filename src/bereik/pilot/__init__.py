"""A pilot or programme: who took part, what they learned, who refers to whom, and what changed in a region.

The public names stand in `__init__.pyi`, as those of bereik do.
"""

from bereik.lazy import public_names

__getattr__, __dir__, __all__ = public_names(__name__, __file__)
