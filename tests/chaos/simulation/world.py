"""Everything outside of the workers: the broker, the network, people, time and chance."""

import asyncio
import random
from collections.abc import Coroutine
from contextvars import Context
from functools import cache
from typing import Any, TypeVar

import yaml

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.target_values import Check
from agents.adapters.git.write_requests import Request
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.domain.rules import value_faults
from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from agents.understanding.grammar_understanding import GrammarUnderstanding
from pipeline.kafka.signatures import Keyring
from pipeline.settings import Settings
from pipeline.telemetry.metrics import Metrics
from tests.chaos.history import Effected, History, Value
from tests.chaos.simulation.broker import Broker

T = TypeVar("T")
LEDGER = ".nephoran/"
KEY = b"the key of all worlds"


@cache
def knowledge() -> tuple[KnowledgePack, Templates, GrammarUnderstanding, Metrics]:
    """What all worlds share, for it takes a second to load."""
    folder = Settings().knowledge.folder
    pack = KnowledgePack.load(folder)
    return pack, Templates.load(folder), GrammarUnderstanding(pack), Metrics()


class Network(InMemoryDeploymentTarget):
    """The target of all workers, which writes down what changes. `forgets`: it keeps no ledger (a planted fault)."""

    def __init__(self, check: Check, history: History) -> None:
        super().__init__(check)
        self._history = history
        self.forgets = False

    async def commit(self, request: Request[T]) -> T:
        """The answer to any request, and what it changed written down."""
        before, count = dict(self.files), len(self.commits)
        answer = await super().commit(request)
        if len(self.commits) > count:
            changes = _changes(before, self.files)
            intent = request.intent
            self._history.effected.append(Effected(self._history.now(), intent.id, intent.order, changes))
        return answer

    def _write(self, intent_id: str, staged: Staged) -> None:
        if self.forgets:
            kept = Staged(InMemoryFiles(self.files))
            for path, content in staged.changes.items():
                if not path.startswith(LEDGER):
                    kept.remove(path) if content is None else kept.write(path, content)
            staged = kept
        super()._write(intent_id, staged)


class World:
    """A seed gives the same world again, event by event."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        random.seed(seed)  # the jitter of retries
        self.history = History()
        self.broker = Broker(self.history)
        self.keyring = Keyring((KEY,))
        self.pack, self.templates, self.understanding, self.metrics = knowledge()
        self.target = Network(lambda kind, name, value: value_faults(kind, name, value, self.pack), self.history)
        self._tasks: set[asyncio.Task[Any]] = set()

    def time(self) -> float:
        """Seconds since the beginning."""
        return asyncio.get_running_loop().time()

    async def pause(self, seconds: float = 0.05) -> None:
        """A moment that differs each time."""
        await asyncio.sleep(self.chance.uniform(0, seconds))

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Something that no process ends."""
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def end(self) -> None:
        """Nothing goes on."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _changes(before: dict[str, bytes], after: dict[str, bytes]) -> dict[Value, str | None]:
    changes: dict[Value, str | None] = {}
    for path in sorted(before.keys() | after.keys()):
        if path.startswith(LEDGER) or before.get(path) == after.get(path):
            continue
        then, now = _values(before.get(path)), _values(after.get(path))
        for name in sorted(then.keys() | now.keys()):
            if then.get(name) != now.get(name):
                changes[path, name] = now.get(name)
    return changes


def _values(content: bytes | None) -> dict[str, str]:
    """Every scalar of a manifest by its path."""
    found: dict[str, str] = {}

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                walk(value, f"{path}.{name}")
        elif isinstance(node, list):
            for number, value in enumerate(node):
                walk(value, f"{path}[{number}]")
        else:
            found[path] = str(node)

    for number, document in enumerate(yaml.safe_load_all(content or b"")):
        walk(document, str(number))
    return found
