"""bereik: use of youth care per migration background, relative to the severity of problems.

The public names stand in `__init__.pyi`, and are loaded on first use: importing bereik is quick and changes nothing.
"""

from bereik.lazy import public_names

__version__ = "0.2.0"

__getattr__, __dir__, _names = public_names(__name__, __file__)
__all__ = ["__version__", *_names]
