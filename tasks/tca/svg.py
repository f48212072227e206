"""Drawing that becomes inline SVG: the same drawing gives the same bytes, and nothing is loaded from anywhere."""

# matplotlib leaves most arguments of its drawing functions without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import html
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, RULE = "#1f2a37", "#6b7684", "#d8dde3"
COST, GAIN, TOTAL, FORECAST = "#b4552d", "#2f7d6b", "#24476b", "#c08a1e"
PLANNED, MARKET = "#eed9ab", "#a9b4c0"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "steelyard",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def inline_svg(name: str, words: tuple[str, str], size: tuple[float, float], draw: Callable[["Figure"], None]) -> str:
    """An SVG to stand inside a page: `words` are title and description, `size` in inches, `name` prefixes its ids."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _inline(out.getvalue(), name, *words)


def _inline(svg: str, name: str, title: str, description: str) -> str:
    """No prolog, no outside addresses, ids of its own, and a title and description for who cannot see it."""
    svg = svg[svg.index("<svg") :].rstrip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href="|url\()#', rf"\g<1>#{name}-", svg)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", re.sub(r'(<svg [^>]*?)height="[^"]*"', r"\1", svg, count=1))
    label = f'<svg role="img" aria-labelledby="{name}-title {name}-desc" '
    words = (
        f'<title id="{name}-title">{html.escape(title)}</title><desc id="{name}-desc">{html.escape(description)}</desc>'
    )
    head, body = svg.replace("<svg ", label, 1).split(">", 1)
    return f"{head}>{words}{body}"


def thousands(axes: "Axes") -> None:
    """A vertical axis of amounts: separators and a true minus sign."""
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace("-", "−"))


def plain_text(text: str) -> str:
    """Dollar signs would start matplotlib's formula mode."""
    return text.replace("$", r"\$")
