"""A reader with the page alone recomputes an order, goes down from each figure to its fills, and can read it all."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from tca_desk import report_inputs

from tasks.tca.render import report_html
from tasks.tca.report import build_report

CENT = Decimal("0.01")
VOID = {"meta", "br", "use", "path", "link", "img", "input", "hr", "rect"}


class Node:
    """One element of a page: its tag, attributes, children, and the text in it."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Node | str] = []

    @property
    def text(self) -> str:
        return " ".join("".join(c if isinstance(c, str) else c.text for c in self.children).split())

    def all(self, tag: str = "") -> list["Node"]:
        inside = [node for child in self.children if isinstance(child, Node) for node in (child, *child.all())]
        return [node for node in inside if tag in ("", node.tag)]


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Node("", {})
        self._open = [self.root]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while len(self._open) > 1 and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def at(self, name: str) -> Node:
        return next(node for node in self.root.all() if node.attributes.get("id") == name)


@pytest.fixture(scope="module")
def text() -> str:
    return report_html(build_report(report_inputs()))


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.\-]", "", text.replace("−", "-").split(" ")[0]))


def table(node: Node, title: str) -> list[dict[str, str]]:
    """The rows of the table under a heading, by column."""
    after = node.all()
    start = next(i for i, one in enumerate(after) if one.tag == "h3" and one.text == title)
    found = next(one for one in after[start:] if one.tag == "table")
    heads = [cell.text for cell in found.all("thead")[0].all("th")]
    rows = [[cell.text for cell in row.all() if cell.tag in ("th", "td")] for row in found.all("tbody")[0].all("tr")]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def facts(node: Node) -> dict[str, str]:
    return {dt.text: dd.text for dt, dd in zip(node.all("dt"), node.all("dd"), strict=True)}


# --- by hand ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", range(1, 12))
def test_an_orders_shortfall_can_be_recomputed_from_the_page_alone(page: Page, which: int) -> None:
    sheet = page.at(f"order-{which}")
    known = facts(sheet)
    side = 1 if "BUY" in sheet.all("summary")[0].text else -1
    filled, ordered = (number(part) for part in known["Filled"].split(" of "))
    decision, arrival, end = (number(known[name]) for name in ("Decision price", "Arrival price", "End price"))
    fills = table(sheet, "Fills") if filled else []
    value = sum((number(f["Shares"]) * number(f["Price, USD"]) for f in fills), Decimal(0))
    fees = sum((number(f["Fee, USD"]) for f in fills), Decimal(0))
    by_hand = {
        "Delay": side * ordered * (arrival - decision),
        "Trading": side * (value - filled * arrival),
        "Opportunity": side * (ordered - filled) * (end - arrival),
        "Fees": fees,
    }
    printed = {row["Part"]: row for row in table(sheet, "Shortfall, worked")}
    assert sum((number(f["Shares"]) for f in fills), Decimal(0)) == filled
    for part, usd in by_hand.items():
        assert abs(number(printed[part]["USD"]) - usd) < CENT, part
    total = sum(by_hand.values())
    assert abs(number(printed["Total"]["USD"]) - total) <= CENT / 2
    assert abs(number(printed["Total"]["bps"]) - total / (ordered * decision) * 10_000) <= CENT


def test_the_summarys_total_is_the_sum_of_the_orders_on_the_page(page: Page) -> None:
    said = [figure.all("p")[2].text for figure in page.root.all("div") if figure.attributes.get("class") == "figures"
            for figure in figure.all("div")]  # fmt: skip
    rows = [row for which in range(1, 12) for row in table(page.at(f"order-{which}"), "Shortfall, worked")]
    assert number(said[0]) == sum((number(row["USD"]) for row in rows if row["Part"] == "Total"), Decimal(0))


# --- down from a figure -----------------------------------------------------------------------------------------------


def links_below(page: Page, name: str) -> set[str]:
    """Ids that are linked to from a section or part with this id."""
    node = page.at(name)
    if node.tag in ("h2", "h3"):
        node = next(one for one in page.root.all() if node in one.children)
    return {href[1:] for a in node.all("a") if (href := a.attributes.get("href") or "").startswith("#")}


def reached(page: Page, start: str) -> set[str]:
    seen, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += links_below(page, name)
    return seen


def test_every_figure_of_the_summary_leads_down_to_orders_slices_fills_record_and_snapshot(page: Page) -> None:
    figures = next(node for node in page.root.all("div") if node.attributes.get("class") == "figures")
    starts = [a.attributes["href"] for a in figures.all("a")]
    assert len(starts) == len(figures.all("div")) == 4
    for start in starts:
        assert start is not None
        filled = [n for n in range(1, 12) if start != "#forecast" or number(facts(page.at(f"order-{n}"))["Filled"])]
        below = {f"order-{n}{part}" for n in filled for part in ("", "-slices", "-fills", "-record")}
        assert below | {"snapshot"} <= reached(page, start[1:]), start


def test_every_link_inside_of_the_page_has_its_target(page: Page) -> None:
    ids = {node.attributes["id"] for node in page.root.all() if "id" in node.attributes}
    inner = {href for a in page.root.all("a") if (href := a.attributes.get("href") or "").startswith("#")}
    assert len(inner) > 30
    assert {href[1:] for href in inner} <= ids


# --- for everybody ----------------------------------------------------------------------------------------------------


def test_the_page_has_its_landmarks_and_every_section_its_name(page: Page) -> None:
    (wrapper,) = (node for node in page.root.all("div") if node.attributes.get("class") == "page")
    assert [c.tag for c in wrapper.children if isinstance(c, Node)] == ["header", "main", "footer"]
    assert [nav.attributes.get("aria-label") for nav in page.root.all("nav")] == ["Contents"]
    ids = {node.attributes["id"] for node in (*page.root.all("h2"), *page.root.all("h3")) if "id" in node.attributes}
    named = {section.attributes.get("aria-labelledby") for section in page.root.all("section")}
    assert {h2.attributes["id"] for h2 in page.root.all("h2")} <= named <= ids
    assert page.root.all("html")[0].attributes["lang"] == "en"
    assert len(page.root.all("h1")) == 1


def test_every_header_cell_says_what_it_heads(page: Page) -> None:
    scopes = {cell.attributes.get("scope") for cell in page.root.all("th")}
    assert scopes == {"col", "row", "colgroup"}
    assert [cell for cell in page.root.all("th") if not cell.text] == []
    bodies = [row for body in page.root.all("tbody") for row in body.all("tr")]
    assert [row.text for row in bodies if not row.all("th")] == []


def luminance(colour: str) -> float:
    """Source: W3C, Web Content Accessibility Guidelines 2.2, "relative luminance"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_of_text_stands_out_from_what_is_behind_it(text: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", text))
    words = [colours[name] for name in ("ink", "soft", "muted", "accent", "cost", "gain", "warn", "bad")]
    behind = [colours["paper"], colours["wash"]]
    pairs = [(word, ground) for word in words for ground in behind]
    pairs += [(colours["gain"], "#e8f2ef"), (colours["warn"], colours["warn-wash"])]
    pairs += [(colours["ink"], colours["warn-wash"]), (colours["bad"], colours["bad-wash"])]
    pairs += [(fill, colours["paper"]) for fill in set(re.findall(r"<text [^>]*fill: (#[0-9a-f]{6})", text))]
    assert {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5} == {}
    assert set(re.findall(r"color: (?!var)(#\w+)", text)) <= {"#6b7684"}, "a colour of text that is not held here"


def test_every_chart_has_a_name_for_those_who_do_not_see_it(page: Page) -> None:
    ids = {node.attributes["id"]: node for node in page.root.all() if "id" in node.attributes}
    charts = page.root.all("svg")
    assert charts
    for chart in charts:
        named = [ids[one] for one in (chart.attributes.get("aria-labelledby") or "").split()]
        assert {node.tag for node in named} == {"title", "desc"}
        assert all(node.text for node in named)


def test_the_page_reaches_for_nothing_outside_of_itself(page: Page, text: str) -> None:
    asked = [v for n in page.root.all() for k, v in n.attributes.items() if k in ("src", "href", "xlink:href") and v]
    assert [one for one in asked if re.match(r"(?i)[a-z]+:|//", one)] == []
    assert "default-src 'none'" in text
