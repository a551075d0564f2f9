"""Wiring: the agents with their adapters, by stage. Nothing opens before its stage is asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

from agents.adapters.circuit_breaking_deployment_target import CircuitBreakingDeploymentTarget
from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.adapters.sqlite_knowledge_base import SqliteKnowledgeBase
from agents.approve import Approve, require_approved
from agents.circuit import Circuit
from agents.deploy import Deploy
from agents.enrich import Enrich
from agents.knowledge_documents import load_documents
from agents.knowledge_pack import KnowledgePack
from agents.parse import Parse
from agents.plan import MakePlan
from agents.planning.templates import Templates
from agents.rules import value_faults
from agents.understanding.grammar_understanding import GrammarUnderstanding
from pipeline.circuits import Circuits, CircuitSettings, Endpoint
from pipeline.settings import Settings
from pipeline.stage import Agent
from pipeline.telemetry.measured_knowledge_base import MeasuredKnowledgeBase
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.observers import NetworkMeter
from pipeline.telemetry.traced_deployment_target import TracedDeploymentTarget
from schemas.bodies import IntentPlanned, StepTarget


@dataclass
class App:
    """The agents of one process. `may_act` is asked right before an effect: may its stage still act here?"""

    settings: Settings
    circuits: Circuits = field(default_factory=lambda: Circuits(CircuitSettings()))
    may_act: Callable[[str], bool] = lambda stage: True
    metrics: Metrics = field(default_factory=Metrics)
    _checking: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    _closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @cached_property
    def pack(self) -> KnowledgePack:
        """The operator's knowledge pack."""
        return KnowledgePack.load(self.settings.knowledge.folder)

    @cached_property
    def parse(self) -> Parse:
        """Requests to expectations."""
        grammar = GrammarUnderstanding(self.pack)
        if not self.settings.model.is_configured:
            return Parse(grammar)
        from pipeline.beside_grammar import with_model  # the client takes half a second to import

        circuit = self._circuit("model")
        understanding, close = with_model(grammar, self.pack, self.settings.model, self.metrics, circuit)
        self._closing.append(close)
        return Parse(understanding)

    @cached_property
    def enrich(self) -> Enrich:
        """Expectations with what is known about them."""
        knowledge = SqliteKnowledgeBase.in_memory(load_documents(self.settings.knowledge.folder))
        return Enrich(MeasuredKnowledgeBase(knowledge, "sqlite", self.metrics))

    @cached_property
    def plan(self) -> MakePlan:
        """Expectations to steps."""
        return MakePlan(self.pack, Templates.load(self.settings.knowledge.folder))

    @cached_property
    def approve(self) -> Approve:
        """Decisions to plans that may be carried out."""
        return Approve(self.plan.plan_again)

    @cached_property
    def deploy(self) -> Deploy:
        """Plans to effects."""
        target = GitDeploymentTarget(
            self.settings.git,
            check=lambda object_type, name, value: value_faults(object_type, name, value, self.pack),
            fence=lambda: self.may_act("deploy"),
            observer=NetworkMeter(self.metrics),
        )
        self._checking.append(target.check)
        self._closing.append(target.close)

        def recheck(planned: IntentPlanned) -> None:
            require_approved(planned, self.pack, self.plan.steps_of)

        nephio = CircuitBreakingDeploymentTarget(target, self._circuit("git"), "git")
        return Deploy({StepTarget.NEPHIO: TracedDeploymentTarget(nephio, StepTarget.NEPHIO)}, recheck)

    def _circuit(self, endpoint: Endpoint) -> Circuit:
        self.metrics.circuits.labels(endpoint)  # has its series from the start, closed
        return self.circuits.of(endpoint)

    def agent(self, stage: str) -> Agent:
        """The agent that does the work of this stage."""
        agent: Agent = getattr(self, stage)
        return agent

    async def require_usable(self) -> None:
        """That the effects of the agents asked for so far can be had. Raises: Retryable that says what to put right."""
        for check in self._checking:
            await check()

    async def close(self) -> None:
        """Let what is open end its work."""
        for close in self._closing:
            await close()
