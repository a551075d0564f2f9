"""What goals are planned from in tests: passages, what stands at some sites, and a model that says what it is told."""

from agents.adapters.in_memory_accounting import InMemoryAccounting
from agents.adapters.in_memory_target_states import InMemoryTargetStates
from agents.adapters.scripted_language_model import ScriptedLanguageModel
from agents.adapters.virtual_clock import VirtualClock
from agents.domain.model_settings import ModelSettings
from agents.domain.ports import Found, Ranking, Reading
from agents.domain.verdicts import Declined
from agents.enrich import Enrich, GoalSources
from agents.goals.answer_shape import ModelPlan
from agents.goals.gate import GoalGate
from agents.goals.goal_planner import VerifyingGoalPlanner
from agents.goals.prompt import Prompt
from agents.goals.sources import PassageFilter
from agents.goals.verification import Verification
from agents.knowledge.pack import KnowledgePack
from agents.model.careful_language_model import CarefulLanguageModel
from agents.parse import Parse
from agents.plan import MakePlan
from agents.planning.templates import Templates
from agents.understanding.mentions import MentionReader
from schemas.bodies import Citation, HeldValue, IntentPlanned, IntentReceived, ObjectState
from schemas.envelope import Intent, Order
from schemas.intent import ObjectType
from schemas.reasons import DeclineReason

INTENT = Intent("1b4e28ba-2fa1-5d2b-883f-0016d3cca427", Order(1, 0, 0), 0, "00", 1, producer_id="noc/portal#17")


def passage(document: str, text: str) -> Citation:
    return Citation(document=document, title=document, source="operator practice", excerpt=text, score=0.9)


PASSAGES = (
    passage(
        "upf-capacity", "One UPF replica carries 20,000 subscribers at this operator. Traffic peaks in the evening."
    ),
    passage("amf-availability", "An AMF that is highly available has at least three replicas at a site."),
    passage("udm-capacity", "A UDM replica answers for 500,000 subscribers."),
    passage(
        "urllc-target", "A URLLC slice is kept at a latency of 5 ms, a jitter of 1 ms and an availability of 99.99 %."
    ),
    passage("busy-hour", "In the busy hour a subscriber holds 1.5 sessions, and the SMF keeps them."),
    passage("match-day", "On match day a UPF near a stadium carries 8 Gbps of downlink. A cell serves 400 UEs."),
    passage("embb-target", "An eMBB slice gets 100 Mbps of uplink and a latency of 20 ms."),
    passage("night", "At night one UPF replica is enough for a regional core."),
)


def state(site: str, kind: str, /, name: str | None = None, **values: float | str) -> ObjectState:
    held = {each: HeldValue(value=float(value) if isinstance(value, int) else value) for each, value in values.items()}
    return ObjectState(site=site, object=name or kind, type=ObjectType(kind), values=held)


STATES = (
    state("osaka-1", "upf", replicas=3, max_subscribers=60_000),
    state("osaka-1", "amf", replicas=2),
    state("osaka-1", "smf", max_sessions=100_000),
    state("nagoya-1", "slice", "slice-2", latency=12),
    state("nagoya-1", "upf", replicas=2, dl_throughput=4_000),
    state("tokyo-1", "amf", replicas=4),
    state("tokyo-1", "upf", replicas=18),
    state("tokyo-2", "upf", replicas=2),
    state("munich-1", "upf", replicas=2, dl_throughput=6_000),
    state("munich-1", "smf", max_sessions=200_000),
    state("london-1", "smf", max_sessions=50_000),
    state("london-1", "udm", replicas=2, max_subscribers=1_000_000),
    state("sapporo-1", "upf", replicas=2),
    state("dallas-1", "amf", replicas=3, version="2.3.1"),
)


class GivenPassages:
    """A knowledge base that finds what it was given."""

    def __init__(self, *passages: Citation) -> None:
        self._passages = passages

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        return Found(self._passages[:limit])


class ReadsNothing:
    """A grammar that covers no request: what is tested is what a model may make of it."""

    async def read(self, text: str) -> Reading:
        raise Declined(DeclineReason.AMBIGUOUS, "It is not understood.", "What is to be done, and where?")


class World:
    """The first three stages, with a scripted model."""

    def __init__(self, pack: KnowledgePack, templates: Templates, settings: ModelSettings | None = None) -> None:
        self.pack = pack
        self.model = ScriptedLanguageModel()
        self.clock = VirtualClock()
        self._templates = templates
        self._mentions = MentionReader(pack)
        self.settings = settings or ModelSettings(name="scripted", cached_answers=0)
        self.parse = Parse(ReadsNothing(), GoalGate(pack))
        careful = CarefulLanguageModel(self.model, self.settings, self.clock, InMemoryAccounting())
        goals = VerifyingGoalPlanner(
            Verification(pack, templates, self._mentions),
            PassageFilter(pack),
            careful,
            Prompt.load(pack, templates),
            self.settings,
            self.clock,
        )
        self.make_plan = MakePlan(pack, templates, goals)

    async def planned(
        self,
        text: str,
        *passages: Citation,
        states: tuple[ObjectState, ...] | None = STATES,
        precedents: tuple[Citation, ...] = (),
    ) -> IntentPlanned:
        """What becomes of a request. Raises: the stages' verdicts."""
        sources = None
        if states is not None:
            there, everywhere = InMemoryTargetStates(states), self.pack.inventory.everywhere
            sources = GoalSources(self._mentions, there, everywhere, GivenPassages(*precedents))
        parsed = await self.parse(IntentReceived(intent=text), INTENT)
        enriched = await Enrich(GivenPassages(*(passages or PASSAGES)), sources)(parsed, INTENT)
        return await self.make_plan(enriched, INTENT)

    async def why_declined(self, text: str, answer: ModelPlan, *passages: Citation) -> str | None:
        """What the requester is told; None where it was proposed after all."""
        self.model.then(answer)
        try:
            await self.planned(text, *passages)
        except Declined as declined:
            return declined.message
        return None
