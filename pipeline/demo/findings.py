"""What came out: the books, the latencies, and whether every promise was kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.demo import samples
from pipeline.demo.repository import Repository
from pipeline.demo.samples import Sample
from pipeline.demo.story import Story
from pipeline.stand_ins.ric.policies import Policies
from pipeline.telemetry.percentiles import percentiles
from schemas.envelope import Order
from schemas.status import State, count_books

OBJECTIVES_SECONDS = (1.5, 3.0, 5.0)
"""P50, P95 and P99 of an intent end to end: the operations handbook's latency objectives."""
END_TO_END = "end_to_end"
DISTURBED = "end_to_end_while_a_worker_was_killed"
_STEPS = (
    ("parse", State.RECEIVED, State.PARSED),
    ("enrich", State.PARSED, State.ENRICHED),
    ("plan", State.ENRICHED, State.PLANNED),
    ("plan", State.ENRICHED, State.PROPOSED),
    ("deploy", State.PLANNED, State.OBSERVING),
    ("deploy", State.PLANNED, State.DEPLOYED),
)
_ANSWERS = (State.PROPOSED, State.OBSERVING, State.DEPLOYED, State.DECLINED, State.DEAD_LETTERED)


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, whether it was kept, and what shows it."""

    promise: str
    is_kept: bool
    evidence: str


def books_of(story: Story) -> dict[str, int]:
    """The books, and beside them the records that were duplicates of an intent received before."""
    return count_books(story.statuses.values()) | {"duplicate": story.published_records - len(story.sample_of)}


def checks_of(story: Story, repository: Repository, final: dict[str, Sample]) -> Iterator[Check]:
    """Every promise of the demo. `final` are the samples by intent id as they must have ended."""
    statuses = story.statuses
    books = books_of(story)
    wrong = [
        f"{sample.words!r} is {statuses[intent_id].state} ({statuses[intent_id].reason})"
        for intent_id, sample in final.items()
        if intent_id in statuses
        and not _ended_as_it_must(statuses[intent_id].state, statuses[intent_id].reason, sample)
    ]
    yield Check("every intent ended as expected", not wrong, "\n".join(wrong) or f"{len(final)} intents")
    is_balanced = books["received"] == len(story.sample_of) and books["in_progress"] == books["waiting"] == 0
    yield Check("the books balance", is_balanced, f"{len(story.sample_of)} published, {books['received']} in the books")

    deployed = {intent_id for intent_id, status in statuses.items() if status.state == State.DEPLOYED}
    commits = repository.commits_per_intent()
    twice = [intent_id for intent_id, count in commits.items() if count > 1]
    yield Check("nothing was carried out twice", not twice, ", ".join(twice) or f"{commits.total()} commits")
    missing, extra = deployed - set(commits), set(commits) - deployed
    evidence = f"missing {sorted(missing)}, extra {sorted(extra)}" if missing or extra else f"{len(deployed)} intents"
    yield Check("one commit for each deployed intent, none for others", not missing and not extra, evidence)
    undone = list(_undone(story, repository, deployed))
    yield Check("no older intent undid a newer one", not undone, "; ".join(undone) or "every head is the newest intent")


def policies_check(policies: Policies) -> Check:
    """Whether the stand-in RIC holds what was asked for over A1, each set once."""
    held = [
        f"{policy} {objective['condition']} {objective['value']} {objective['unit']}"
        for (_, policy), content in policies.held.items()
        for objective in content.get("serviceTarget", ())
    ]
    is_kept = len(policies.changes) == len(policies.held) == len(samples.OVER_A1)
    return Check("the near-RT RIC holds each policy, set once", is_kept, "; ".join(held) or "no policy")


def _ended_as_it_must(state: State, reason: str | None, sample: Sample) -> bool:
    return state == sample.expected and (sample.reason is None or reason == sample.reason)


def _undone(story: Story, repository: Repository, deployed: set[str]) -> Iterator[str]:
    """Heads of the ledger that are not the newest deployed intent whose facts name them."""
    newest: dict[str, tuple[Order, str]] = {}
    for fact in (fact for fact in story.board.facts if fact.intent_id in deployed):
        for name in fact.changed:
            newest[name] = max(newest.get(name, (fact.order, fact.intent_id)), (fact.order, fact.intent_id))
    heads = repository.heads()
    for name, (_, intent_id) in newest.items():
        if heads.get(name, intent_id) != intent_id:
            yield f"{name} is held by {heads[name]}, and {intent_id} is newer"


def latencies_of(story: Story) -> dict[str, dict[str, float]]:
    """Seconds between the broker's append times, waiting included: by stage, and from request to answer.

    Those that were on their way when a worker was killed count apart: they waited until it was missed.
    """
    names = ("parse", "enrich", "plan", "deploy", END_TO_END, DISTURBED)
    found: dict[str, list[float]] = {name: [] for name in names}
    for intent_id in story.statuses:
        reached = story.board.reached_ms[intent_id] | {State.RECEIVED: story.board.received_ms[intent_id]}
        if intent_id not in story.disturbed:
            for stage, begin, end in _STEPS:
                is_later = end == State.DEPLOYED and State.OBSERVING in reached  # what was waited for is not deploy's
                if begin in reached and end in reached and not is_later:
                    found[stage].append(_seconds(reached[begin], reached[end]))
        if answers := [reached[state] for state in _ANSWERS if state in reached]:
            name = DISTURBED if intent_id in story.disturbed else END_TO_END
            found[name].append(_seconds(reached[State.RECEIVED], min(answers)))
    return {name: percentiles(seconds) for name, seconds in found.items()}


def _seconds(begin_ms: int, end_ms: int) -> float:
    return max(0.0, (end_ms - begin_ms) / 1_000)


def report_of(story: Story, repository: Repository, checks: list[Check]) -> dict[str, Any]:
    """Everything, for `report.json`."""
    return {
        "books": books_of(story),
        "checks": [{"promise": each.promise, "kept": each.is_kept, "evidence": each.evidence} for each in checks],
        "latency_seconds": latencies_of(story),
        "objectives_seconds": dict(zip(("p50", "p95", "p99"), OBJECTIVES_SECONDS, strict=True)),
        "packages": repository.packages(),
        "commits": [
            {"revision": commit.revision, "intent_id": commit.intent_id, "subject": commit.subject}
            for commit in repository.commits()
        ],
        "intents": [status.model_dump(mode="json", exclude_none=True) for status in story.statuses.values()],
    }
