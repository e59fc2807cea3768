"""The letters that the pictures on a page need, and no other, as fonts that stand in the page itself."""

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["font_faces"]

_FILES = {"normal": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}


def font_faces(text: str) -> "Markup":
    """Write the CSS that supplies DejaVu Sans, regular and bold, with only the letters of a text.

    Parameters
    ----------
    text : str
        Whatever is shown in this font; each letter counts once.

    Returns
    -------
    markupsafe.Markup
        Two ``@font-face`` rules with the fonts inside (WOFF, base64), which no template escapes: a browser reads no ``&#34;``
        in CSS. The same text gives the same bytes.

    Notes
    -----
    The fonts are those that matplotlib ships and draws with; their licence (Bitstream Vera) lets a part be passed on.

    Examples
    --------
    >>> print(font_faces("a")[:60])
    @font-face{font-family:"DejaVu Sans";font-weight:normal;src:
    """
    import matplotlib
    from markupsafe import Markup

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    rules = "\n".join(
        f'@font-face{{font-family:"DejaVu Sans";font-weight:{weight};'
        f'src:url(data:font/woff;base64,{_subset(folder / name, text)}) format("woff")}}'
        for weight, name in _FILES.items()
    )
    return Markup(rules)  # noqa: S704 (our own rules and base64)


def _subset(path: Path, text: str) -> str:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(path, recalcTimestamp=False)
    chosen = Subsetter(
        Options(layout_features=["kern"], hinting=False, name_IDs=[1, 2], notdef_outline=True, drop_tables=["FFTM"])
    )
    chosen.populate(text="".join(sorted(set(text))))
    chosen.subset(font)
    font.flavor = "woff"
    made = io.BytesIO()
    font.save(made)
    return base64.b64encode(made.getvalue()).decode("ascii")
