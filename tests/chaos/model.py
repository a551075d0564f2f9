"""The model that every history has to fit, whatever was killed meanwhile. It knows topics and bodies, and none of the
code that keeps the promises."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from pydantic import ValidationError

from agents.domain.verdicts import Rejected
from pipeline.kafka.dead_letters import PREFIX
from pipeline.kafka.records import Record, named_header
from pipeline.kafka.signed_events import EVENT_TYPES, EventReader
from schemas.bodies import Decision, IntentPlanned, Rollback, RollbackPlanned, Verdict
from schemas.body import Body
from schemas.envelope import Intent, intent_id_of_event, intent_id_of_record
from schemas.status import IntentStatus, State, fold
from schemas.topics import (
    DEAD_LETTER_SUFFIX,
    DECISIONS,
    DEPLOYED,
    ENRICHED,
    OBSERVING,
    PARSED,
    PLANNED,
    PROPOSED,
    RECEIVED,
    STATUS,
)
from tests.chaos.history import Effected, History, Value

TOPIC_OF_STATE = {
    State.PARSED: PARSED.name,
    State.ENRICHED: ENRICHED.name,
    State.PLANNED: PLANNED.name,
    State.APPROVED: PLANNED.name,
    State.PROPOSED: PROPOSED.name,
    State.OBSERVING: OBSERVING.name,
    State.DEPLOYED: DEPLOYED.name,
}
_JUDGED_ANEW: Mapping[tuple[str, str, str], frozenset[str]] = {
    ("plan", "proposed", "declined"): frozenset({"infeasible"}),
    ("plan", "declined", "proposed"): frozenset({"infeasible"}),
    ("approve", "approved", "proposed"): frozenset(),
    ("approve", "approved", "declined"): frozenset({"infeasible"}),
    ("deploy", "declined", "declined"): frozenset({"superseded", "conflict", "infeasible"}),
    ("deploy", "deployed", "failed"): frozenset({"undone"}),
}
"""What may be judged anew where a worker dies before it commits, by stage, earlier and later state; with the reasons
that it may be declined or failed for. Plan: what is to be changed was removed or made meanwhile. Approve: it moved.
Deploy: what had no effect has none for another reason; what was carried out was taken back. Each time another intent
must have changed the very object between the arrival and the later verdict. No effect is declined."""
BEGINNINGS = (State.RECEIVED, State.DEPLOYING)
BODIES = {EVENT_TYPES[kind]: kind for kind in (IntentStatus, IntentPlanned, RollbackPlanned, Decision, Rollback)}
Place = tuple[str, int, int]


class Event(NamedTuple):
    """A record that a stage or an operator wrote. `body` is None for a tombstone, and for what says nothing here."""

    at: float
    place: Place
    intent: Intent
    body: Body | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request. `name` is the id that its producer's headers, or its place, give it."""

    at: float
    place: Place
    name: str
    is_replay: bool


class Model:
    """Reads a history and says where it breaks a promise."""

    def __init__(self, history: History, reader: EventReader) -> None:
        self._history = history
        self._reader = reader
        self._events: dict[str, list[Event]] = defaultdict(list)
        self._arrived: list[Arrived] = []
        self._letters: dict[Place, tuple[float, str]] = {}
        self._letters_by_intent: dict[str, float] = {}
        for event in history.appended:
            self._read(event.at, event.record)
        self._statuses = [
            (event, event.body) for event in self._events[STATUS.name] if isinstance(event.body, IntentStatus)
        ]

    def _read(self, at: float, record: Record) -> None:
        place = (record.topic, record.partition, record.offset)
        if record.topic.endswith(DEAD_LETTER_SUFFIX):
            source = (named_header(record, PREFIX + name) for name in ("topic", "partition", "offset"))
            topic, partition, offset = source
            self._letters.setdefault(
                (topic, int(partition), int(offset)), (at, named_header(record, PREFIX + "reason"))
            )
            self._letters_by_intent.setdefault(named_header(record, PREFIX + "intent-id"), at)
            return
        try:
            intent = self._reader.lineage(record.topic, record)
        except Rejected:
            if record.topic == RECEIVED.name:
                self._arrived.append(Arrived(at, place, _name_of(record), is_replay=False))
            return
        if record.topic == RECEIVED.name:
            self._arrived.append(Arrived(at, place, intent.id, is_replay=True))
            return
        self._events[record.topic].append(Event(at, place, intent, _body_of(record)))

    def faults(self) -> list[str]:
        """The promises that were broken, each in words."""
        return [
            *self._verdicts_that_changed(),
            *self._statuses_before_their_results(),
            *self._decisions_that_should_not_count(),
            *self._effects_that_should_not_be(),
            *self._effects_on_what_has_moved(),
            *self._heads_that_went_back(),
            *self._books_that_do_not_balance(),
            *self._commits_ahead(),
        ]

    def _verdicts_that_changed(self) -> Iterator[str]:
        """The same record of the same stage comes to the same, however often it comes; but see `_JUDGED_ANEW`."""
        verdicts: dict[tuple[object, ...], dict[str, float]] = defaultdict(dict)
        for event, status in self._statuses:
            if status.state in BEGINNINGS or status.state is State.ROLLED_BACK:
                continue
            source = (status.stage, event.intent.id, event.intent.generation, event.intent.order)
            verdicts[source].setdefault(_verdict_of(status), event.at)
        for (stage, intent_id, *_), found in verdicts.items():
            in_order = sorted(found.items(), key=lambda pair: pair[1])
            if not all(self._may_be_judged_anew(str(stage), str(intent_id), *pair) for pair in pairwise(in_order)):
                yield f"verdict changed: {stage} said of {intent_id} {' and '.join(found)}"

    def _may_be_judged_anew(
        self, stage: str, intent_id: str, earlier: tuple[str, float], later: tuple[str, float]
    ) -> bool:
        """Whether the two are such as may differ, and somebody has changed the object meanwhile."""
        (before, reason_before), (after, reason_after) = (_state_and_reason(verdict) for verdict, _ in (earlier, later))
        reasons = _JUDGED_ANEW.get((stage, before, after))
        if reasons is None or not {reason_before, reason_after} - {None} <= reasons:
            return False
        arrived_at = self._arrival_of(stage, intent_id, earlier[1])
        objects = self._objects_of(intent_id)
        return any(
            arrived_at < effect.at < later[1] and effect.intent_id != intent_id and objects & _objects_in(effect)
            for effect in self._history.effected
        )

    def _arrival_of(self, stage: str, intent_id: str, before: float) -> float:
        """When the stage could begin to look at what it judged by then; the stage before may have written it twice."""
        topic = {"plan": ENRICHED, "approve": DECISIONS, "deploy": PLANNED}[stage]
        return min(
            (event.at for event in self._events[topic.name] if event.intent.id == intent_id and event.at < before),
            default=0.0,
        )

    def _objects_of(self, intent_id: str) -> set[str]:
        """The folders of what the intent is about, as its plans say."""
        return {
            f"{step.content['site']}/{step.content['object']['slug']}"
            for topic in (PROPOSED, PLANNED)
            for event in self._events[topic.name]
            if event.intent.id == intent_id and isinstance(event.body, IntentPlanned)
            for step in event.body.plan.steps
        }

    def _statuses_before_their_results(self) -> Iterator[str]:
        results: dict[tuple[object, ...], float] = {}
        for topic in set(TOPIC_OF_STATE.values()):
            for event in self._events[topic]:
                results.setdefault((topic, event.intent.id, event.intent.generation, event.intent.order), event.at)
        for event, status in self._statuses:
            if status.state is State.DEAD_LETTERED:
                written = self._letters_by_intent.get(event.intent.id)
            elif topic := TOPIC_OF_STATE.get(status.state):
                written = results.get((topic, event.intent.id, event.intent.generation, event.intent.order))
            else:
                continue
            if written is None or written > event.at:
                yield f"status before result: {status.state} of {event.intent.id} was told first"

    def _decisions(self) -> Iterator[tuple[Event, Decision]]:
        for event in self._events[DECISIONS.name]:
            if isinstance(event.body, Decision):
                yield event, event.body

    def _firsts(self) -> dict[tuple[object, ...], tuple[Event, Decision]]:
        """By proposal the decision that counts: the first in the log."""
        firsts: dict[tuple[object, ...], tuple[Event, Decision]] = {}
        for event, decision in self._decisions():
            firsts.setdefault((event.intent.id, event.intent.generation, event.intent.order), (event, decision))
        return firsts

    def _decisions_that_should_not_count(self) -> Iterator[str]:
        """For one proposal one decision counts, the first by offset, for the plan that was seen."""
        firsts = self._firsts()
        of_intent = defaultdict(list)
        for event, decision in firsts.values():
            of_intent[event.intent.id].append((event, decision))
        for event in self._events[PLANNED.name]:
            if not isinstance(event.body, IntentPlanned) or event.body.approval is None:
                continue
            approval = event.body.approval
            allowed = [
                decision
                for made, decision in of_intent[event.intent.id]
                if made.at < event.at
                and decision.verdict is Verdict.APPROVE
                and (decision.decided_by, decision.decided_at) == (approval.decided_by, approval.decided_at)
                and event.body.plan.digest in (decision.plan_digest, decision.edited_digest)
            ]
            if not allowed:
                yield f"decision that does not count: {event.intent.id} was approved by {approval.decided_by}"
        refusals = {
            (made.intent.id, made.place[1], made.place[2])
            for made, decision in firsts.values()
            if decision.verdict is not Verdict.APPROVE
        }
        for event, status in self._statuses:
            if status.stage == "approve" and status.reason == "not_approved":
                _, partition, offset = event.intent.order
                if (event.intent.id, partition, offset) not in refusals:
                    yield f"decision that does not count: {event.intent.id} was declined"

    def _plans(self) -> dict[str, list[Event]]:
        plans: dict[str, list[Event]] = defaultdict(list)
        for event in self._events[PLANNED.name]:
            plans[event.intent.id].append(event)
        return plans

    def _effects_that_should_not_be(self) -> Iterator[str]:
        """Each intent has one effect at most, after its plan, and after its approval where it needs one."""
        plans = self._plans()
        seen: set[str] = set()
        for effect in self._history.effected:
            if effect.intent_id in seen:
                yield f"effect doubled: {effect.intent_id}"
            seen.add(effect.intent_id)
            before = [event for event in plans[effect.intent_id] if event.at <= effect.at]
            if not before:
                yield f"effect without a plan: {effect.intent_id}"
            elif not any(map(_is_allowed, before)):
                yield f"effect without its decision: {effect.intent_id}"
        final = self._newest()
        changed = {effect.intent_id for effect in self._history.effected if effect.changes}
        for intent_id in sorted(changed):
            if intent_id not in final or final[intent_id].book not in ("deployed", "failed", "waiting"):
                state = final[intent_id].state if intent_id in final else "silent"
                yield f"effect not told: {intent_id} is {state}"
        for intent_id, status in final.items():
            if status.state is State.DEPLOYED and intent_id not in seen:
                yield f"told without effect: {intent_id}"

    def _effects_on_what_has_moved(self) -> Iterator[str]:
        """What was approved stands on what was there when it was proposed: nobody has changed it in between."""
        proposed: dict[tuple[str, str], float] = {}
        for event in self._events[PROPOSED.name]:
            if isinstance(event.body, IntentPlanned):
                proposed[event.intent.id, str(event.intent.order)] = event.at
        decided = {
            (made.intent.id, decision.decided_at): proposed.get((made.intent.id, str(made.intent.order)))
            for made, decision in self._decisions()
        }
        plans = self._plans()
        for number, effect in enumerate(self._history.effected):
            for event in plans[effect.intent_id]:
                if not isinstance(event.body, IntentPlanned) or event.body.approval is None or event.at > effect.at:
                    continue
                seen_at = decided.get((effect.intent_id, event.body.approval.decided_at))
                if seen_at is None or event.intent.order != effect.order:
                    continue
                for other in self._history.effected[:number]:
                    if other.at > seen_at and other.changes.keys() & effect.changes.keys():
                        yield f"approval of an older head: {effect.intent_id} after {other.intent_id}"

    def _heads_that_went_back(self) -> Iterator[str]:
        """What holds a value gives way to newer intents alone, and to whoever takes it back by name."""
        heads: dict[Value, Effected] = {}
        plans = self._plans()
        for effect in self._history.effected:
            originals = {
                event.body.original.id for event in plans[effect.intent_id] if isinstance(event.body, RollbackPlanned)
            }
            for value in effect.changes:
                head = heads.get(value)
                if head is None or effect.order >= head.order:
                    heads[value] = effect
                elif head.intent_id in originals:
                    heads[value] = replace(effect, order=head.order)
                else:
                    yield f"head went back: {effect.intent_id} over {head.intent_id} at {value}"

    def _newest(self) -> dict[str, IntentStatus]:
        newest: dict[str, IntentStatus] = {}
        for event, status in self._statuses:
            newest[event.intent.id] = fold(newest.get(event.intent.id), status)
        return newest

    def _books_that_do_not_balance(self) -> Iterator[str]:
        """Each request ends in one answer or one dead letter; a name used again has none of its own."""
        newest = self._newest()
        answers: dict[tuple[object, ...], set[str]] = defaultdict(set)
        for event, status in self._statuses:
            if status.is_final and status.state is not State.ROLLED_BACK and status.reason != "undone":
                answers[event.intent.id, event.intent.generation, event.intent.order].add(status.state)
        for (intent_id, *_), states in answers.items():
            if len(states) > 1:
                yield f"more than one answer: {intent_id} is {' and '.join(sorted(states))}"
        for arrived in self._arrived:
            status = newest.get(arrived.name)
            has_letter = arrived.place in self._letters
            is_reused = self._letters.get(arrived.place, (0.0, ""))[1] == "id_reused"
            if status is None and not has_letter:
                yield f"lost: nothing was told of {arrived.name}, received at {arrived.place}"
            elif status is not None and status.book == "in_progress":
                yield f"lost: {arrived.name}, received at {arrived.place}, stays {status.state}"
            elif has_letter and not is_reused and status and status.book != "dead_lettered":
                yield f"answer and dead letter: {arrived.name}, received at {arrived.place}"

    def _commits_ahead(self) -> Iterator[str]:
        """What is committed was concluded: by a verdict, a dead letter, or because it had been settled before."""
        concluded: dict[tuple[str, str, int], float] = {}
        for event, status in self._statuses:
            if status.state not in BEGINNINGS:
                concluded.setdefault((status.stage, event.intent.id, event.intent.generation), event.at)
        pending: dict[tuple[str, int], list[tuple[Place, str, int]]] = defaultdict(list)
        names = Counter(arrived.name for arrived in self._arrived)
        for arrived in self._arrived:
            if names[arrived.name] == 1:  # of several one is worked on, and the others are settled by that
                pending[RECEIVED.name, arrived.place[1]].append((arrived.place, arrived.name, 0))
        for topic in (PARSED.name, ENRICHED.name, PLANNED.name):
            for event in self._events[topic]:
                pending[topic, event.place[1]].append((event.place, event.intent.id, event.intent.generation))
        for made, _ in self._firsts().values():
            pending[DECISIONS.name, made.place[1]].append((made.place, made.intent.id, made.intent.generation))
        done: dict[tuple[str, int], int] = defaultdict(int)
        for commit in self._history.committed:
            log = pending[commit.topic, commit.partition]
            number = done[commit.topic, commit.partition]
            while number < len(log) and log[number][0][2] < commit.offset:
                place, intent_id, generation = log[number]
                letter = self._letters.get(place)
                told_at = concluded.get((commit.stage, intent_id, generation), letter and letter[0])
                if told_at is None or told_at > commit.at:
                    yield f"committed ahead: {place} of {intent_id} was not done"
                number += 1
            done[commit.topic, commit.partition] = number


def _verdict_of(status: IntentStatus) -> str:
    return " ".join(filter(None, (status.state, status.reason, status.plan_digest)))


def _state_and_reason(verdict: str) -> tuple[str, str | None]:
    state, *rest = verdict.split()
    return state, rest[0] if rest and state in ("declined", "failed") else None


def _objects_in(effect: Effected) -> set[str]:
    return {path.rsplit("/", 1)[0] for path, _ in effect.changes}


def _name_of(record: Record) -> str:
    source, event_id = named_header(record, "ce_source"), named_header(record, "ce_id")
    if source and event_id:
        return intent_id_of_event(source, event_id)
    return intent_id_of_record(record.topic, record.partition, record.offset, record.timestamp_ms)


def _body_of(record: Record) -> Body | None:
    kind = BODIES.get(named_header(record, "ce_type"))
    if record.value is None or kind is None:
        return None
    try:
        return kind.model_validate_json(record.value)
    except ValidationError:
        return None


def _is_allowed(event: Event) -> bool:
    """A rollback is a decision by itself."""
    if not isinstance(event.body, IntentPlanned):
        return True
    return not event.body.plan.approval_reasons or event.body.approval is not None
