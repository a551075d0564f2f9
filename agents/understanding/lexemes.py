"""Text → nodes: at every place the longest known phrase, a figure, an identifier, or an unknown word."""

import re

from agents.understanding.lexicon import Lexicon, Place
from agents.understanding.nodes import Node, Senses
from agents.understanding.text import Atom, atoms_of

_SLICE_ID = re.compile(r"([0-9]{1,3})-([0-9a-fA-F]{6})")
_TICKET = re.compile(
    r"(?=[A-Z]*-?[0-9])[A-Z]{2,12}-?[0-9]{3,}|[A-Z]{2,10}-[A-Z]{1,6}-?[0-9]{2,}|[A-Z]{2,6}[0-9]{2,}-[0-9]+"
)
_VERSION = re.compile(
    r"v[0-9]+(?:\.[0-9]+)*(?:-[0-9a-z.]+)*|[0-9]+(?:\.[0-9]+){2,}(?:-[0-9a-z.]+)*|[0-9]+\.[0-9]+-[a-z][0-9a-z.]*"
)
_FIGURE = re.compile(r"-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
_RANGE = re.compile(r"([0-9]+)-([0-9]+)")
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)|second|third|fourth|fifth|sixth")
_TIMES = re.compile(r"[0-9]{1,2}h(?:[0-9]{2})?|[0-9]{1,2}(?:am|pm)")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_WHOLE = frozenset(
    {
        "slice",
        "slices",
        "replica",
        "replicas",
        "instance",
        "instances",
        "pod",
        "pods",
        "site",
        "sites",
        "latency",
        "throughput",
        "traffic",
    }
)
_LONGEST_ELLIPSIS = 3
"""More points in a row lead from a label to its value ("Site ..... osaka-1")."""
_SIGNS = {
    ",": "comma",
    ";": "semicolon",
    ":": "colon",
    ".": "stop",
    "!": "stop",
    "?": "question",
    "(": "open",
    ")": "close",
    "[": "open",
    "]": "close",
    '"': "quote",
    "'": "quote",
    "“": "quote",
    "”": "quote",
    "„": "quote",
    "`": "quote",
    "«": "quote",
    "»": "quote",
    "–": "dash",
    "—": "dash",
    "-": "dash",
    "/": "slash",
    "…": "stop",
    "...": "stop",
    "*": "star",
    "|": "comma",
    "_": "mark",
    "~": "tilde",
    "•": "star",
    "·": "star",
    "‣": "star",
    "▪": "star",
    ">": "angle",
    "#": "hash",
    "+": "plus",
    "{": "open",
    "}": "close",
}


def nodes_of(text: str, lexicon: Lexicon) -> list[Node]:
    """The nodes of a simplified text."""
    atoms = atoms_of(text, lexicon.suffixes)
    for before, atom in zip([None, *atoms], atoms, strict=False):
        if not _is_name(text, atom, before):
            _correct(atom, lexicon)
    lows = [atom.low for atom in atoms]
    nodes: list[Node] = []
    at = 0
    while at < len(atoms):
        node, at = _next(text, atoms, lows, at, lexicon)
        nodes.append(node)
    return nodes


def _is_name(text: str, atom: Atom, before: Atom | None) -> bool:
    """A capital letter inside a sentence: the word is a name, and a name is never misspelt."""
    is_inside = before is not None and (before.kind in ("word", "owner") or before.low in ("(", "[", ","))
    return is_inside and text[atom.start].isupper() and text[atom.start + 1 : atom.start + 2].islower()


def _correct(atom: Atom, lexicon: Lexicon) -> None:
    """An ordinary word that is misspelt is read as what it was meant to be."""
    if atom.kind == "word" and atom.first and atom.last and atom.low.isalpha():
        meant = lexicon.correction_of(atom.low)
        if meant is not None:
            atom.low, atom.is_corrected = meant, True


def _low(text: str, atoms: list[Atom], at: int, after: int) -> str:
    if any(atom.is_corrected for atom in atoms[at:after]):
        return " ".join(atom.low for atom in atoms[at:after])
    return text[atoms[at].start : atoms[after - 1].end].lower()


def _next(text: str, atoms: list[Atom], lows: list[str], at: int, lexicon: Lexicon) -> tuple[Node, int]:
    atom = atoms[at]
    if atom.kind in ("link", "mail", "phone"):
        return Node(atom.low, atom.start, atom.end, {"reference": True}), at + 1
    if atom.kind in ("clock", "date"):
        return Node(atom.low, atom.start, atom.end, {"time": True, "moment": True}), at + 1
    if atom.kind == "line":
        is_blank = text.count("\n", atom.start, atom.end) > 1
        return Node("\n", atom.start, atom.end, {"line": True} | ({"blank": True} if is_blank else {})), at + 1
    if atom.kind == "owner":
        return Node("'s", atom.start, atom.end, {"owner": True}), at + 1
    if atom.kind == "word" and atom.first:
        return _word(text, atoms, lows, at, lexicon)
    senses, after = _phrase(text, atoms, lows, at, at + 1, lexicon)
    if after == at:
        senses, after = {}, at + 1
    if atom.kind == "sign" and len(atom.low) > _LONGEST_ELLIPSIS and atom.low[0] == ".":
        senses = {"colon": True}
    if atom.kind == "sign" and after == at + 1 and atom.low in _SIGNS:
        senses = {**senses, _SIGNS[atom.low]: True}
    end = atoms[after - 1].end
    return Node(text[atom.start : end].lower(), atom.start, end, dict(senses) or {"unknown": True}), after


def _word(text: str, atoms: list[Atom], lows: list[str], at: int, lexicon: Lexicon) -> tuple[Node, int]:
    """A word, or a chunk of several with hyphens, or the phrase that it begins."""
    chunk = at + 1
    while not atoms[chunk - 1].last:
        chunk += 1
    start, end = atoms[at].start, atoms[chunk - 1].end
    whole = text[start:end]
    senses, after = _phrase(text, atoms, lows, at, chunk, lexicon)
    pattern = _pattern(whole, atoms[at:chunk], lexicon)
    if pattern and (after <= chunk or "number" in pattern):
        if after == chunk and "number" not in pattern and "place" in senses:
            pattern = {}
        else:
            return Node(
                whole.lower(), start, end, pattern | (senses if after == chunk and "ticket_id" not in pattern else {})
            ), chunk
    if after > at:
        return Node(_low(text, atoms, at, after), start, atoms[after - 1].end, dict(senses)), after
    if chunk - at > 1:
        return _compound(whole, atoms[at:chunk], start, end, lexicon), chunk
    return _unknown(whole, start, end), chunk


def _phrase(text: str, atoms: list[Atom], lows: list[str], at: int, chunk: int, lexicon: Lexicon) -> tuple[Senses, int]:
    """The longest phrase from `at` that ends where a word ends; (nothing, `at`) where there is none."""
    for after, leaf in reversed(lexicon.longest(lows, at, min(len(lows), at + 14))):
        if after < chunk or not atoms[after - 1].last:
            continue
        is_joint = lows[at] in ("and", "or") and "after_bound" in leaf.senses
        if is_joint and after < len(lows) and lows[after][:1].isdigit():
            continue
        written = text[atoms[at].start : atoms[after - 1].end]
        senses = leaf.exact.get(written) or leaf.senses
        if senses:
            return senses, after
    return {}, at


def _pattern(whole: str, atoms: list[Atom], lexicon: Lexicon) -> Senses:
    """What a chunk is by its looks: a figure, a version, a slice, a ticket."""
    low = whole.lower()
    if _FIGURE.fullmatch(low):
        return {"number": float(low.replace(",", "")), "written": whole}
    if match := _SLICE_ID.fullmatch(whole):
        return {"slice_id_value": (int(match[1]), match[2].lower())}
    if match := _RANGE.fullmatch(low):
        return {"figures": (float(match[1]), float(match[2])), "written": whole}
    if _VERSION.fullmatch(low) and not (low[0] == "v" and len(low) == 1):
        return {"version_value": low.removeprefix("v") if low[0] == "v" else whole}
    if _TIMES.fullmatch(low):
        return {"time": True, "moment": True}
    if _ORDINAL.fullmatch(low) and low != "second":
        return {"ordinal": True}
    if _TICKET.fullmatch(whole) and not _begins_known(atoms, lexicon):
        return {"ticket_id": True, "reference": True}
    return {}


def _begins_known(atoms: list[Atom], lexicon: Lexicon) -> bool:
    senses = lexicon.senses_of(atoms[0].low)
    return "object" in senses or "place" in senses


def _compound(whole: str, atoms: list[Atom], start: int, end: int, lexicon: Lexicon) -> Node:
    """A chunk with hyphens that is no phrase: a named object, a site that is not there, a slug, or two known words."""
    low = whole.lower()
    lows = [atom.low for atom in atoms]
    for after, leaf in reversed(lexicon.longest(lows, 0, len(lows) - 1)):
        place = leaf.senses.get("place")
        if isinstance(place, Place) and lows[after].isdigit():
            return Node(low, start, end, {"bad_place": True})
        thing = leaf.senses.get("object")
        if (
            thing
            and not thing.is_plural
            and len(thing.types) == 1
            and lows[after] not in lexicon.vocabulary.compound_endings
        ):
            if len(lows) - after == 1 and (lows[after] in _WHOLE or "object" in lexicon.senses_of(lows[after])):
                break
            return Node(low, start, end, {"named_object": (thing.types[0], low.replace("_", "-"))})
    if len(lows) == 2 and (number := _two_number_words(lows, lexicon)):
        return Node(low, start, end, {"number": number, "written": "", "word": True})
    if lows[-1] in _WHOLE and len(lows) == 2:
        senses = lexicon.senses_of(lows[0])
        if "service" in senses and lows[-1] in ("slice", "slices"):
            return Node(low, start, end, {"service": senses["service"]})
    if all(lexicon.senses_of(each) for each in lows) and not any(each.isdigit() for each in lows):
        return Node(low, start, end, {"unknown": True, "compound": True, "slug": low.replace("_", "-")})
    return Node(
        low, start, end, {"unknown": True, "slug": low.replace("_", "-")} if _SLUG.fullmatch(low) else {"unknown": True}
    )


def _two_number_words(lows: list[str], lexicon: Lexicon) -> float | None:
    """`twenty-four`."""
    tens, ones = (lexicon.senses_of(low).get("number_word", 0) for low in lows)
    return float(tens + ones) if 20 <= tens <= 90 and tens % 10 == 0 and 1 <= ones <= 9 else None


def _unknown(whole: str, start: int, end: int) -> Node:
    low = whole.lower()
    senses: Senses = {"unknown": True}
    if whole[0].isupper():
        senses["capital"] = True
    if _SLUG.fullmatch(low) and any(letter.isdigit() for letter in low):
        senses["slug"] = low
    return Node(low, start, end, senses)
