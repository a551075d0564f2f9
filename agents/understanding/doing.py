"""The verbs of a clause → what is to be done, and whether more or less of it."""

from dataclasses import dataclass
from typing import Literal

from agents.understanding.lexicon import VerbSense
from agents.understanding.nodes import Node

Direction = Literal["more", "fewer"]
_HELPING = ("ensure", "need", "bring", "give", "run", "roll_out")
_UP = ("up", "out")
_DOWN = ("down", "in", "back")


@dataclass(frozen=True, slots=True)
class Doing:
    """`kinds` are what the verb may mean, `factor` what it multiplies by. No kinds: the clause has no verb."""

    kinds: frozenset[str] = frozenset()
    base: str = ""
    direction: Direction | None = None
    factor: float = 1.0
    node: Node | None = None

    @property
    def is_noun(self) -> bool:
        """`removal`, `upgrade of`: the verb said as a noun."""
        senses: tuple[VerbSense, ...] = (self.node.get("verb") or ()) if self.node else ()
        return bool(senses) and all(sense.form == "noun" for sense in senses)

    def is_any(self, *kinds: str) -> bool:
        """True where the verb may mean one of these."""
        return bool(self.kinds & set(kinds))


def doing_of(verbs: list[Node], particles: list[Node], separable: dict[str, tuple[str, ...]]) -> Doing | list[Node]:
    """What the verbs of a clause say together; the verbs themselves where they say several things."""
    found = [_doing(node) for node in verbs]
    main = [each for at, each in enumerate(found) if not _is_helping(at, found)]
    if len(main) == 2 and main[0].kinds == main[1].kinds and main[0].is_noun != main[1].is_noun:
        main = main[1:]
    if len(main) == 2 and main[0].kinds == {"scale"} and main[1].kinds <= {"add", "remove", "raise", "lower"}:
        main = main[1:]
    if len(main) > 1:
        return [each.node for each in main if each.node is not None]
    if not main:
        return Doing()
    whole = _with_particles(main[0], particles, separable)
    if isinstance(whole, Doing) and "separable" in whole.kinds:
        return [whole.node] if whole.node is not None else []
    return whole


def _is_helping(at: int, found: list[Doing]) -> bool:
    """`make sure to scale`, `need … upgraded`, `keep … running`: the other verb says what is done."""
    one, node = found[at], found[at].node
    if node is None or len(found) == 1:
        return False
    if at == 0:
        return one.kinds <= set(_HELPING) or node.is_any("lead", "have")
    return node.is_any("link", "glue") and node.low not in (found[0].base, "keep", "maintain", "run")


def _doing(node: Node) -> Doing:
    if "multiply" in node and "verb" not in node:
        return Doing(frozenset({"multiply"}), node.low, factor=node["multiply"], node=node)
    senses: tuple[VerbSense, ...] = node.get("verb") or ()
    kinds = frozenset(sense.kind for sense in senses)
    factor = next((sense.factor for sense in senses if sense.factor != 1.0), 1.0)
    base = senses[0].base if senses else node.low
    if "multiply" in kinds:
        kinds = frozenset({"multiply"})
    return Doing(kinds, base, _direction(base, kinds), factor, node)


def _direction(base: str, kinds: frozenset[str]) -> Direction | None:
    words = base.split()
    if kinds & {"raise", "add"} or base in ("scale up", "scale out", "upscale"):
        return "more"
    if kinds & {"lower", "remove"} or base in ("scale down", "scale in", "downscale", "scale back"):
        return "fewer"
    if len(words) > 1 and "bring" in kinds:
        return "more" if words[-1] == "up" else "fewer" if words[-1] == "down" else None
    return None


def _with_particles(doing: Doing, particles: list[Node], separable: dict[str, tuple[str, ...]]) -> Doing | list[Node]:
    for particle in particles:
        whole = f"{doing.base.split()[0]} {particle.low}"
        if whole in separable:
            kinds = frozenset(separable[whole])
            doing = Doing(kinds, whole, _direction(whole, kinds), doing.factor, doing.node)
        elif doing.is_any("scale", "raise", "lower", "bring", "move_version", "set", "add", "run"):
            direction: Direction = "more" if particle.low in _UP else "fewer"
            if doing.direction not in (None, direction):
                return [each for each in (doing.node, particle) if each is not None]
            doing = Doing(doing.kinds, doing.base, direction, doing.factor, doing.node)
        else:
            return [particle]
    return doing
