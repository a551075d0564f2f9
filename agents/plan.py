"""intents.enriched → steps by the templates, within the rules → intents.planned, or intents.proposed.

A goal is planned by a language model first, and always proposed. Refuses what the rules forbid and what no template
covers. A plan that should have been proposed and is not is carried out without anybody having looked: the reasons for
approval are therefore part of the plan and of its digest.
"""

from collections.abc import Sequence

from agents.domain.ports import GoalPlanner
from agents.domain.requester import on_behalf_of, requester_of
from agents.domain.rules import approval_reasons, require_allowed
from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.planning.digests import digest_of
from agents.planning.enforcement import require_enforced
from agents.planning.estimates import estimate_of, risk_of
from agents.planning.plan_checks import require_plannable
from agents.planning.standing import Standing
from agents.planning.step_order import in_order
from agents.planning.steps import step_of
from agents.planning.target_changes import Wish, wishes_of
from agents.planning.templates import Templates
from schemas.bodies import Citation, Ground, IntentEnriched, IntentPlanned, Plan, Step
from schemas.envelope import Intent
from schemas.intent import Expectation


class MakePlan:
    """Plans what an enriched intent asks for. Equal intents on equal knowledge get an equal plan, digest included."""

    def __init__(self, pack: KnowledgePack, templates: Templates, goals: GoalPlanner | None = None) -> None:
        self._pack = pack
        self._templates = templates
        self._goals = goals

    async def __call__(self, body: IntentEnriched, intent: Intent) -> IntentPlanned:
        """Raises: Declined where the rules forbid it, or where there is no way to carry it out; for a goal also what
        its planner raises."""
        if body.goal is None:
            return self.plan(body)
        if self._goals is None:
            raise Declined(body.goal.reason, body.goal.message, body.goal.question)
        with on_behalf_of(requester_of(intent)):
            found = await self._goals.plan(body, body.goal)
        read = body.model_copy(
            update={
                "expectations": found.expectations,
                "to_confirm": found.to_confirm,
                "not_acted_on": found.not_acted_on,
                "knowledge": found.citations,
            }
        )
        try:
            return self.plan(read, found.grounds)
        except Declined as refused:
            note = f"The plan that a language model made for it cannot be carried out: {refused.message}"
            raise Declined(body.goal.reason, f"{body.goal.message} {note}", body.goal.question) from refused

    def plan(self, body: IntentEnriched, grounds: tuple[Ground, ...] = ()) -> IntentPlanned:
        """The same, for planning without an event: `explain`, and an approval that plans again."""
        require_allowed(body.expectations, self._pack)
        wishes = self._wishes_of(body.expectations)
        plan = Plan(
            steps=self._steps(wishes),
            risk=risk_of(wishes, self._pack.guardrails.max_sites),
            resources=estimate_of(wishes, self._templates),
            citations=cited(body.knowledge),
            assumptions=body.assumptions,
            approval_reasons=(
                *approval_reasons(body.expectations, self._pack),
                *body.to_confirm,
                *(f'not acted on: "{words}"' for words in body.not_acted_on),
            ),
            grounds=grounds,
            knowledge_digest=self._pack.digest,
            digest="",
        )
        return IntentPlanned(
            text=body.text,
            priority=body.priority,
            expectations=body.expectations,
            to_confirm=body.to_confirm,
            not_acted_on=body.not_acted_on,
            precedents=body.precedents,
            plan=plan.model_copy(update={"digest": digest_of(plan, body.expectations)}),
        )

    def steps_of(self, expectations: Sequence[Expectation]) -> tuple[Step, ...]:
        """What a plan for these would do today. Raises: Declined where there is no way to carry it out."""
        return self._steps(self._wishes_of(expectations))

    def _steps(self, wishes: Sequence[Wish]) -> tuple[Step, ...]:
        return tuple(map(self._step, wishes))

    def _step(self, wish: Wish) -> Step:
        enforced = self._pack.enforced_at(wish.site, wish.object.type)
        networks = self._pack.networks_at(wish.site, wish.object)
        return step_of(wish, self._templates, enforced and enforced[1], networks)

    def _wishes_of(self, expectations: Sequence[Expectation]) -> tuple[Wish, ...]:
        require_plannable(expectations, self._templates, self._pack.inventory.sites)
        require_enforced(expectations, self._templates, self._pack)
        return in_order(wishes_of(expectations, self._templates), self._templates)

    def plan_again(self, planned: IntentPlanned) -> IntentPlanned:
        """What the same intent would get today: same words, same citations, today's rules and templates."""
        return self.plan(
            IntentEnriched(
                text=planned.text,
                priority=planned.priority,
                expectations=planned.expectations,
                assumptions=planned.plan.assumptions,
                to_confirm=planned.to_confirm,
                not_acted_on=planned.not_acted_on,
                knowledge=planned.plan.citations,
                precedents=planned.precedents,
            ),
            planned.plan.grounds,
        )


class Propose:
    """The agent of the plan stage: what has to be approved is proposed on what is there now."""

    def __init__(self, planner: MakePlan, standing: Standing) -> None:
        self._planner = planner
        self._standing = standing

    async def __call__(self, body: IntentEnriched, intent: Intent) -> IntentPlanned:
        """Raises: what the planner raises; Declined where the targets say by now that it cannot be carried out."""
        planned = await self._planner(body, intent)
        if intent.is_dry_run or not planned.plan.approval_reasons:
            return planned
        return await self._standing.on_what(intent, planned)


def cited(knowledge: tuple[Citation, ...]) -> tuple[Citation, ...]:
    """Every document once, best passage first; the order in which they were found does not matter."""
    best: dict[str, Citation] = {}
    for citation in sorted(knowledge, key=lambda each: (-each.score, each.document, each.excerpt)):
        best.setdefault(citation.document, citation)
    return tuple(best.values())
