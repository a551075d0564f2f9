"""HTML, parted at its headings; scripts, styles and navigation are left out."""

from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from agents.retrieval.reading import Reading, Section

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_LEFT_OUT = ["script", "style", "noscript", "template", "nav", "header > nav", "footer", "svg", "form", "button"]
_BLOCKS = {"p", "div", "li", "tr", "ul", "ol", "dt", "dd", "pre", "table", "section", "article", "blockquote", "br"}
_CELLS = {"td", "th"}


def read_html(path: Path) -> Reading:
    """The encoding is the one that the page declares, else UTF-8."""
    tree = LexborHTMLParser(path.read_bytes())
    for selector in _LEFT_OUT:
        for node in tree.css(selector):
            node.decompose()
    first, titled = tree.css_first("h1"), tree.css_first("title")
    title = _line(first) or _line(titled)
    return Reading(tuple(_sections(tree.body, title)) if tree.body else (), title=title)


def _sections(body: LexborNode, title: str) -> list[Section]:
    found: list[Section] = []
    clause, words = "", list[str]()
    for node in body.traverse(include_text=True):
        if node.tag in _HEADINGS:
            found.append(Section(clause, _text(words)))
            clause, words = _line(node), []
        elif node.tag == "-text" and not _is_in_heading(node):
            words.append(node.text_content or "")
        elif node.tag in _BLOCKS:
            words.append("\n")
        elif node.tag in _CELLS:
            words.append(" | ")
    found.append(Section(clause, _text(words)))
    return [Section("" if each.clause == title else each.clause, each.text) for each in found if each.text]


def _is_in_heading(node: LexborNode | None) -> bool:
    while node is not None:
        if node.tag in _HEADINGS:
            return True
        node = node.parent
    return False


def _line(node: LexborNode | None) -> str:
    return " ".join(node.text(deep=True).split()) if node is not None else ""


def _text(words: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(words).splitlines())
    return "\n".join(line for line in lines if line.strip(" |"))
