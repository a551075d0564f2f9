"""Wiring: what the agents depend on, created when a stage first asks for it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agents.adapters.circuit_breaking_deployment_target import CircuitBreakingDeploymentTarget
from agents.adapters.system_clock import SystemClock
from agents.approve import Approve, require_approved
from agents.deploy import Deploy
from agents.domain.circuit import Circuit
from agents.domain.ports import DeploymentTarget, Drafts, GoalPlanner, KnowledgeBase
from agents.domain.rules import value_faults
from agents.domain.verdicts import OnHold
from agents.enrich import GoalSources
from agents.goals.gate import GoalGate
from agents.knowledge.pack import KnowledgePack
from agents.observe import Observe
from agents.plan import MakePlan, Propose
from agents.planning.standing import Standing
from agents.planning.templates import Templates
from agents.understanding.grammar_understanding import GrammarUnderstanding
from agents.understanding.mentions import MentionReader
from pipeline.control.circuits import Circuits, CircuitSettings
from pipeline.runtime.aside_goals import AsideGoalPlanner, AsideTargetStates
from pipeline.runtime.knowledge_base import Knowledge
from pipeline.settings import Settings
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.observers import NetworkMeter
from pipeline.telemetry.traced_deployment_target import TracedDeploymentTarget
from schemas.bodies import IntentPlanned, StepTarget

if TYPE_CHECKING:
    from agents.adapters.git.git_deployment_target import GitDeploymentTarget
    from agents.adapters.git.site_watches import Sites
    from agents.adapters.ledgered.interface import Interface

ACTING = ("deploy", "observe")
"""The stages that have effects on the network."""


@dataclass
class App:
    """The adapters of one process. `may_act` is called right before an effect: may its stages still act here?"""

    settings: Settings
    circuits: Circuits = field(default_factory=lambda: Circuits(CircuitSettings()))
    may_act: Callable[..., bool] = lambda *stages: True
    metrics: Metrics = field(default_factory=Metrics)
    _checks: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    _exits: AsyncExitStack = field(default_factory=AsyncExitStack)

    @cached_property
    def pack(self) -> KnowledgePack:
        """The operator's knowledge pack."""
        return KnowledgePack.load(self.settings.knowledge.folder)

    @cached_property
    def understanding(self) -> GrammarUnderstanding:
        """What reads requests."""
        return GrammarUnderstanding(self.pack)

    @cached_property
    def goal_gate(self) -> GoalGate | None:
        """Distinguishes goals from requests that only their author can correct; None without a language model."""
        return GoalGate(self.pack) if self.settings.model.is_configured else None

    @cached_property
    def goal_sources(self) -> GoalSources | None:
        """What goals are planned from along with the knowledge base; opens nothing before the first goal."""
        if not self.settings.model.is_configured:
            return None
        from agents.adapters.git.git_target_states import GitTargetStates

        states = GitTargetStates(self.settings.git)
        self._exits.push_async_callback(states.close)
        return GoalSources(
            MentionReader(self.pack),
            AsideTargetStates(states),
            self.pack.inventory.everywhere,
            self.knowledge.precedents,
        )

    @cached_property
    def knowledge_base(self) -> KnowledgeBase:
        """The passages that requests are enriched with."""
        return self.knowledge.documents

    @cached_property
    def knowledge(self) -> Knowledge:
        """What this process knows."""
        if self.settings.weaviate.is_configured:
            self._circuit("weaviate")
        knowledge = Knowledge(self.settings, self.metrics, self.circuits)
        self._exits.push_async_callback(knowledge.close)
        return knowledge

    @cached_property
    def templates(self) -> Templates:
        """What steps are made of."""
        return Templates.load(self.settings.knowledge.folder)

    @cached_property
    def planner(self) -> MakePlan:
        """Expectations to steps."""
        return MakePlan(self.pack, self.templates)

    @cached_property
    def goal_aware_planner(self) -> MakePlan:
        """The same, and goals to proposals where a language model is configured."""
        goals = AsideGoalPlanner(self._goal_planner()) if self.settings.model.is_configured else None
        return MakePlan(self.pack, self.templates, goals)

    @cached_property
    def targets(self) -> dict[StepTarget, DeploymentTarget]:
        """The connected interfaces, each behind its circuit."""
        from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget

        def fence() -> bool:
            return self.may_act(*ACTING)

        git = self._git
        nephio = CircuitBreakingDeploymentTarget(self._nephio(git, fence), self._circuit("git"), "git")
        targets: dict[StepTarget, DeploymentTarget] = {StepTarget.NEPHIO: nephio}
        for interface in self._interfaces():
            target = LedgeredDeploymentTarget(interface, git, fence)
            targets[interface.target] = CircuitBreakingDeploymentTarget(target, self._circuit("git"), "git")
        return {name: TracedDeploymentTarget(target, name) for name, target in targets.items()}

    @cached_property
    def _git(self) -> "GitDeploymentTarget":
        """The deployment repository; its library is imported by those alone that open it."""
        from agents.adapters.git.git_deployment_target import GitDeploymentTarget

        git = GitDeploymentTarget(
            self.settings.git,
            check=lambda object_type, name, value: value_faults(object_type, name, value, self.pack),
            fence=lambda: self.may_act(*ACTING),
            observer=NetworkMeter(self.metrics),
            sites=self._sites(),
        )
        self._checks.append(git.check)
        self._exits.push_async_callback(git.close)
        return git

    def drafts(self) -> Drafts | None:
        """What goes through Porch has drafts there alone."""
        return self._git if self.settings.git.drafts and self.settings.porch.kubeconfig is None else None

    def _nephio(self, git: "GitDeploymentTarget", fence: Callable[[], bool]) -> DeploymentTarget:
        """Packages straight to Git, or through Porch with the ledger in Git."""
        porch = self.settings.porch
        if porch.kubeconfig is None:
            return git
        from agents.adapters.git.blueprint_source import BlueprintSource
        from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
        from agents.adapters.porch.porch_api import PorchApi
        from agents.adapters.porch.porch_interface import PorchInterface

        meter, circuit = NetworkMeter(self.metrics), self._circuit("porch")
        api = PorchApi(porch.kubeconfig, porch.namespace, porch.timeout_seconds, meter, circuit)
        blueprints = BlueprintSource(self.settings.git.cache, porch.timeout_seconds)
        interface = PorchInterface(api, porch.repository, self.settings.git.namespace, blueprints)
        self._exits.push_async_callback(interface.close)
        return LedgeredDeploymentTarget(interface, git, fence)

    def _sites(self) -> "Sites | None":
        """The clusters that can be looked at; only then is their library imported."""
        if not self.settings.sites.clusters:
            return None
        from agents.adapters.nephio_site.site_clusters import SiteClusters

        sites = SiteClusters(self.settings.sites, NetworkMeter(self.metrics))
        self._exits.push_async_callback(sites.close)
        return sites

    @cached_property
    def standing(self) -> Standing:
        """What proposals depend on; opens the targets with the first of them."""
        return Standing(lambda: self.targets, self.drafts)

    @cached_property
    def proposer(self) -> Propose:
        """What plans, and proposes what has to be approved."""
        return Propose(self.goal_aware_planner, self.standing)

    @cached_property
    def approver(self) -> Approve:
        """Turns decisions into plans, declines and rollbacks."""
        return Approve(self.planner.plan_again, self.standing)

    def _interfaces(self) -> "Iterator[Interface[Any]]":
        """Those that are set; only these are imported, for each brings a library of its own."""
        if self.settings.a1.endpoints:
            from agents.adapters.a1.a1_interface import A1Interface

            a1 = A1Interface(self.settings.a1, NetworkMeter(self.metrics, [StepTarget.A1]), self._circuit)
            self._exits.push_async_callback(a1.close)
            yield a1
        if self.settings.o1.elements:
            from agents.adapters.o1.o1_interface import O1Interface

            yield O1Interface(self.settings.o1, NetworkMeter(self.metrics, [StepTarget.O1]), self._circuit)
        if self.settings.o2.endpoints:
            from agents.adapters.o2.o2_interface import O2Interface

            o2 = O2Interface(self.settings.o2, NetworkMeter(self.metrics, [StepTarget.O2]), self._circuit)
            self._exits.push_async_callback(o2.close)
            yield o2

    @cached_property
    def deployer(self) -> Deploy:
        """What carries plans out."""
        return Deploy(self.targets, self.require_approved, self.drafts)

    @cached_property
    def observer(self) -> Observe:
        """What is watched until it is in force."""
        return Observe(
            self.targets, SystemClock(), undoes_failed=self.pack.guardrails.undo_failed, waited=self._note_wait
        )

    def _note_wait(self, target: StepTarget, seconds: float) -> None:
        waits_for = "provisioning" if target is StepTarget.O2 else "enforcement"
        self.metrics.waiting_seconds.labels(waits_for).observe(seconds)

    def require_approved(self, planned: IntentPlanned) -> None:
        """Raises: Declined or Rejected where the plan may not be carried out as it is."""
        require_approved(planned, self.pack, self.planner.steps_of)

    async def require_usable(self) -> None:
        """Raises: Retryable that says what to correct, where a target opened so far cannot take effects."""
        for check in self._checks:
            with suppress(OnHold):  # an event that meets it pauses its stage
                await check()

    async def close(self) -> None:
        """Close what is open, letting it finish its work."""
        await self._exits.aclose()

    def _circuit(self, endpoint: str) -> Circuit:
        self.metrics.circuits.labels(endpoint)  # has its series from the start, closed
        return self.circuits.of(endpoint)

    def _goal_planner(self) -> GoalPlanner:
        from agents.adapters.openai.openai_language_model import OpenAiLanguageModel  # half a second to import
        from agents.adapters.sqlite_accounting import SqliteAccounting
        from agents.goals.goal_planner import VerifyingGoalPlanner
        from agents.goals.prompt import Prompt
        from agents.goals.sources import PassageFilter
        from agents.goals.verification import Verification
        from agents.model.careful_language_model import CarefulLanguageModel
        from pipeline.telemetry.counted_language_model import CountedLanguageModel
        from pipeline.telemetry.measured_accounting import MeasuredAccounting
        from pipeline.telemetry.model_meter import ModelMeter

        settings, clock = self.settings.model, SystemClock()
        adapter = OpenAiLanguageModel(settings)
        self._exits.push_async_callback(adapter.close)
        accounting = SqliteAccounting(settings.accounting_file)
        self._exits.callback(accounting.close)
        meter = ModelMeter(self.metrics, settings.name, settings.base_url)
        counted = CountedLanguageModel(adapter, settings.max_concurrent, self.metrics)
        measured = MeasuredAccounting(accounting, self.metrics)
        model = CarefulLanguageModel(counted, settings, clock, measured, meter, self._circuit("model"))
        mentions = MentionReader(self.pack)
        verification = Verification(self.pack, self.templates, mentions)
        passages = PassageFilter(self.pack)
        prompt = Prompt.load(self.pack, self.templates)
        return VerifyingGoalPlanner(verification, passages, model, prompt, settings, clock, meter)
