"""Every history fits the model: whichever await a worker is killed at, and whatever else goes wrong in random order.

The real agents, runner, readers and lanes run on a broker and a target in this process, in virtual time; a schedule's
seed gives the same history again: `python -m tests.chaos.simulation --seed N`.
"""

import ast
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from agents.adapters.git.ledger import ObjectLedger
from agents.planning.standing import Standing
from pipeline.kafka.acknowledgement import all_of
from pipeline.kafka.records import Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.runtime import runner
from pipeline.runtime.decisions import Decisions
from pipeline.runtime.offsets import OffsetTracker
from pipeline.runtime.past_answers import PastAnswers
from pipeline.runtime.proposals import Proposals
from schemas.bodies import IntentPlanned
from schemas.status import IntentStatus, State
from schemas.topics import DECISIONS, PARSED, PLANNED, STATUS
from tests.chaos.history import Appended, History
from tests.chaos.model import Model
from tests.chaos.simulation.schedule import Played, Schedule, play
from tests.chaos.simulation.world import KEY

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
KILLED_AT = ("agents/parse.py", "agents/plan.py", "agents/approve.py", "agents/deploy.py")
NEVER_SUSPENDED = {
    ("agents/plan.py", "self._goals.plan"): "there is no language model here",
    ("agents/plan.py", "self._planner"): "planning waits for nothing but a language model",
    ("agents/approve.py", "self._standing.withdraw"): "there are no drafts here",
    ("agents/deploy.py", "self._standing.withdraw"): "there are no drafts here",
    ("agents/approve.py", "self._standing.on_what"): "one of the two: no rules are changed here",
}
RANDOM_SEEDS = range(1, 25)
KEYRING = Keyring((KEY,))
READER, WRITER = EventReader(KEYRING), EventWriter(KEYRING, "nephoran/test")


@pytest.fixture(autouse=True)
def silence() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def awaits_of(file: str) -> dict[int, str]:
    """By line what is awaited there."""
    tree = ast.parse((ROOT / file).read_text())
    return {node.lineno: ast.unparse(node.value.func) for node in ast.walk(tree) if _is_awaited_call(node)}  # type: ignore[attr-defined]


def _is_awaited_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Await) and isinstance(node.value, ast.Call)


def lines_of(played: Played) -> list[frozenset[tuple[str, int]]]:
    """For each suspension the lines of ours that were awaiting."""
    return [
        frozenset((str(Path(file).relative_to(ROOT)), line) for file, line in sites if file.startswith(str(ROOT)))
        for sites in played.sites
    ]


def never_reached(lines: list[frozenset[tuple[str, int]]]) -> list[str]:
    reached = frozenset[tuple[str, int]]().union(*lines)
    return [
        f"{file}:{line}"
        for file in KILLED_AT
        for line, awaited in awaits_of(file).items()
        if (file, line) not in reached and (file, awaited) not in NEVER_SUSPENDED
    ]


def test_a_worker_may_be_killed_at_any_await() -> None:
    unharmed = (Schedule(seed, requests=20) for seed in range(1, 40))
    schedule, lines = next((each, lines) for each in unharmed if not never_reached(lines := lines_of(play(each))))
    first = {where: number for number, where in reversed(list(enumerate(lines, 1)))}
    last = {where: number for number, where in enumerate(lines, 1)}
    for dies_at in sorted({*first.values(), *last.values()}):
        played = play(replace(schedule, dies_at=dies_at))
        assert played.faults == [], f"seed {schedule.seed}, killed at {dies_at}: {sorted(lines[dies_at - 1])}"


@pytest.mark.parametrize("seed", RANDOM_SEEDS)
def test_workers_are_killed_stopped_and_frozen_offsets_are_lost_and_clocks_go_back(seed: int) -> None:
    assert play(Schedule(seed, workers=2, faults=6)).faults == [], f"seed {seed}"


def test_a_seed_gives_the_same_history_again() -> None:
    once, again = (play(Schedule(3, workers=2, faults=6)).history for _ in range(2))
    assert [(each.at, each.record[:4]) for each in once.appended] == [
        (each.at, each.record[:4]) for each in again.appended
    ]
    assert once.effected == again.effected
    assert once.committed == again.committed


def count_every_decision(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Decisions, "first", lambda self, intent: None)
    patch.setattr(Decisions, "is_decided", lambda self, intent: False)


def approve_whatever_is_there(patch: pytest.MonkeyPatch) -> None:
    async def moved(*_: object) -> None:
        return None

    patch.setattr(Standing, "moved", moved)


def tell_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(runner, "in_turn_or_else", lambda first, then, smaller: all_of([first, then()]))


def commit_ahead(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OffsetTracker, "committable", property(lambda self: self._next))


def let_older_ones_pass(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ObjectLedger, "newer_than", lambda self, order, wish: None)


def forget_proposals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Proposals, "get", lambda self, intent_id: None)


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (tell_at_once, "status before result"),
        (commit_ahead, "committed ahead"),
        (let_older_ones_pass, "head went back"),
        (forget_proposals, "committed ahead"),
    ],
)
def test_a_planted_fault_is_found(
    plant: Callable[[pytest.MonkeyPatch], None], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert is_found(found, Schedule(1, workers=2, faults=6, kinds=("kill", "kill at an await", "offsets")))


def test_a_second_decision_that_counts_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    count_every_decision(monkeypatch)
    assert is_found("decision that does not count", Schedule(1, 30, workers=2, faults=8, kinds=("kill",)))


def test_an_approval_of_an_older_head_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    approve_whatever_is_there(monkeypatch)
    assert is_found("approval of an older head", Schedule(1, requests=30))


def test_offsets_lost_without_a_look_at_what_was_answered_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def holds(*_: object) -> bool:
        return False

    monkeypatch.setattr(PastAnswers, "holds", holds)
    assert is_found("more than one answer", Schedule(20, workers=2, faults=6, kinds=("offsets", "kill")))


def test_a_target_without_a_ledger_is_found() -> None:
    assert is_found("effect doubled", Schedule(1, workers=2, faults=6, kinds=("kill",), forgets_ledger=True))


def is_found(found: str, schedule: Schedule) -> bool:
    """Whether this schedule finds it, or one of those with the next seeds."""
    seeds = range(schedule.seed, schedule.seed + 20)
    played = (play(replace(schedule, seed=seed)) for seed in seeds)
    return any(fault.startswith(found) for each in played for fault in each.faults)


@pytest.fixture(scope="module")
def whole() -> History:
    """A history that fits, with approvals in it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    played = play(Schedule(9, requests=20))
    assert played.faults == []
    return played.history


def without(history: History, is_gone: Callable[[Record], bool]) -> History:
    return replace(history, appended=[each for each in history.appended if not is_gone(each.record)])


def unapproved(history: History) -> History:
    """The same, where nobody had approved the plans that were carried out."""
    appended = []
    for each in history.appended:
        record = each.record
        if record.topic == PLANNED.name and READER.is_a(record, IntentPlanned):
            planned = READER.body(record, IntentPlanned).model_copy(update={"approval": None})
            intent = READER.lineage(record.topic, record)
            sent = WRITER.write(PLANNED.name, (record.key or b"").decode(), intent, planned)
            record = record._replace(value=sent.value, headers=sent.headers)
        appended.append(Appended(each.at, record))
    return replace(history, appended=appended)


def judged_again(history: History) -> History:
    """The same, where one that was carried out is told to be undone, though nobody has touched what it changed."""
    told = {
        READER.lineage(STATUS.name, each.record).id: each.record
        for each in history.appended
        if is_state("deployed")(each.record)
    }
    record = next(
        told[effect.intent_id]
        for number, effect in enumerate(history.effected, 1)
        if effect.intent_id in told
        and effect.changes
        and not any(later.changes.keys() & effect.changes.keys() for later in history.effected[number:])
    )
    intent = READER.lineage(STATUS.name, record)
    undone = {"state": State.FAILED, "reason": "undone"}
    sent = WRITER.write(STATUS.name, intent.id, intent, READER.body(record, IntentStatus).model_copy(update=undone))
    late = record._replace(value=sent.value, headers=sent.headers)
    return replace(history, appended=[*history.appended, Appended(history.now(), late)])


def is_state(*states: str) -> Callable[[Record], bool]:
    def is_gone(record: Record) -> bool:
        return record.topic == STATUS.name and any(f'"state":"{state}"' in str(record.value) for state in states)

    return is_gone


TAMPERED: dict[str, Callable[[History], History]] = {
    "effect without its decision": unapproved,
    "effect without a plan": lambda history: without(history, lambda record: record.topic == PLANNED.name),
    "decision that does not count": lambda history: without(history, lambda record: record.topic == DECISIONS.name),
    "status before result": lambda history: without(history, lambda record: record.topic == PARSED.name),
    "effect not told": lambda history: without(history, is_state("deployed", "rolled_back")),
    "verdict changed": judged_again,
    "lost": lambda history: without(history, is_state("declined")),
    "told without effect": lambda history: replace(history, effected=history.effected[1:]),
    "effect doubled": lambda history: replace(history, effected=[*history.effected, history.effected[-1]]),
    "head went back": lambda history: replace(history, effected=history.effected[::-1]),
}


@pytest.mark.parametrize("found", TAMPERED)
def test_a_history_that_was_tampered_with_does_not_fit(whole: History, found: str) -> None:
    assert any(fault.startswith(found) for fault in Model(TAMPERED[found](whole), READER).faults())
