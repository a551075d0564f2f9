"""What the pipeline would do with a request: parse, enrich and plan in this process, with no broker and no effect."""

import hashlib
from collections.abc import Sequence
from typing import Literal, cast
from uuid import NAMESPACE_URL, uuid5

from pydantic_core import from_json

from agents.domain.verdicts import Declined, Rejected
from pipeline.app import App
from pipeline.control.retry import with_retries
from pipeline.flow import FLOW
from pipeline.kafka.stage import Agent
from pipeline.settings import Settings
from schemas.bodies import Citation, IntentEnriched, IntentParsed, IntentPlanned, IntentReceived, Plan
from schemas.body import Body
from schemas.envelope import Intent, Order
from schemas.intent import Expectation


class Explanation(Body):
    """The answer to one request. `error` is for lines that hold no request, and for faults of our own."""

    text: str
    outcome: Literal["planned", "proposed", "declined", "error"]
    reason: str | None = None
    message: str | None = None
    question: str | None = None
    expectations: tuple[Expectation, ...] = ()
    not_acted_on: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    """The ledger: each stretch of the text with what became of it, `used`, `open`, or the name of a licence."""
    assumptions: tuple[str, ...] = ()
    plan: Plan | None = None
    knowledge: tuple[Citation, ...] = ()


def never_waiting(settings: Settings) -> Settings:
    """The settings with a model that is away answered by the grammar's question: somebody looks on."""
    return settings.model_copy(update={"model": settings.model.model_copy(update={"when_away": "decline"})})


class Explainer:
    """Explains requests with the agents of an app. Raises: KnowledgePackFault when it is made."""

    def __init__(self, app: App) -> None:
        self._words_of = app.understanding.words_of
        # A fault of the pack is told now, not per request. What proposals stand on is not asked: no target is opened.
        self._agents = (*(stage.agent(app) for stage in FLOW[:2]), app.goal_aware_planner)

    async def explain(self, text: str) -> Explanation:
        """What would become of the request. An unavailable model, or a bug, makes an `error`; nothing is raised."""
        journey = _Journey(self._agents, text, self._words_of(text))
        try:
            planned = await with_retries(journey.run, limit_seconds=0, on_retry=lambda error: None)
        except Declined as declined:
            answer = {"reason": str(declined.reason), "message": declined.message, "question": declined.question}
            return journey.told("declined", **answer)
        except Rejected as rejected:
            return journey.told("error", reason=rejected.reason, message=rejected.message)
        why = "; ".join(planned.plan.approval_reasons)
        return journey.told("proposed", message=why) if why else journey.told("planned")

    async def explain_line(self, line: bytes) -> Explanation:
        """The same for one line: `{"text": …}` (or `intent`), else the request itself."""
        try:
            text = text_of_line(line)
        except NoRequest as fault:
            shown = line.decode(errors="replace").strip()
            return Explanation(text=shown, outcome="error", reason=fault.reason, message=str(fault))
        return await self.explain(text)


class _Journey:
    """One request on its way through the agents, with all that is known of it so far."""

    def __init__(self, agents: Sequence[Agent], text: str, words: tuple[tuple[str, str], ...]) -> None:
        self._words = words
        self._parse, self._enrich, self._plan = agents
        self._text = text
        self._parsed: IntentParsed | None = None
        self._enriched: IntentEnriched | None = None
        self._planned: IntentPlanned | None = None

    async def run(self) -> IntentPlanned:
        """Raises: the agents' verdicts."""
        intent = _intent_of(self._text)
        self._parsed = await self._parse(IntentReceived(intent=self._text), intent)
        self._enriched = await self._enrich(self._parsed, intent)
        self._planned = planned = cast(IntentPlanned, await self._plan(self._enriched, intent))
        return planned

    def told(self, outcome: Literal["planned", "proposed", "declined", "error"], **answer: str | None) -> Explanation:
        """The explanation as far as the request came. A goal has no expectations before it is planned."""
        read = self._planned or self._parsed
        return Explanation(
            text=self._text,
            outcome=outcome,
            words=self._words,
            expectations=read.expectations if read else (),
            not_acted_on=read.not_acted_on if read else (),
            assumptions=self._parsed.assumptions if self._parsed else (),
            plan=self._planned.plan if self._planned else None,
            knowledge=self._enriched.knowledge if self._enriched else (),
            **answer,
        )


def _intent_of(text: str) -> Intent:
    """An identity for a request that nobody received."""
    value = text.encode(errors="surrogatepass")
    digest = hashlib.sha256(value).hexdigest()
    return Intent(
        str(uuid5(NAMESPACE_URL, f"explained:{digest}")),
        Order(0, 0, 0),
        0,
        digest,
        0,
        f"nephoran/explain#{digest[:12]}",
    )


class NoRequest(ValueError):
    """A line that holds no request; `reason` is what its record would be dead-lettered for."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def text_of_line(line: bytes) -> str:
    """The request that a line holds. As on the topic, a line that begins with `{` is JSON, anything else is text.

    Raises: NoRequest.
    """
    line = line.strip()
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise NoRequest("not_utf8", f"the line is not UTF-8: {error}") from error
    if not text.startswith("{"):
        return text
    try:
        fields = from_json(line)
    except ValueError as error:
        raise NoRequest("broken_json", f"the line begins with {{ and is not JSON: {error}") from error
    wished = fields.get("text", fields.get("intent"))
    if not isinstance(wished, str):
        raise NoRequest("wrong_types", 'the line has no request: give it as {"text": "…"}')
    return wished
