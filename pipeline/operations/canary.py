"""Runs of the canary: one request, its answer, and whether it is the right one."""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal, get_args

import structlog

from agents.domain.verdicts import Fatal
from pipeline.kafka.not_usable import NotUsable
from pipeline.operations.follow_intents import waiting_for
from pipeline.operations.submit import Labels, Submission, submission_of, submit
from pipeline.settings import Settings
from pipeline.telemetry.metrics import Metrics
from schemas.bodies import IntentReceived
from schemas.reasons import DeclineReason
from schemas.status import IntentStatus, State

SOURCE = "nephoran/canary"
Outcome = Literal["right", "wrong", "failed"]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CanaryRun:
    """How one run ended. `failed`: there was no answer; `why` says how far it got."""

    outcome: Outcome
    why: str
    seconds: float
    intent_id: str


async def run_canary(settings: Settings) -> CanaryRun:
    """Submits the request once, as a dry run, and judges the answer; none in time is an outcome. Raises: NotUsable."""
    body = IntentReceived(intent=settings.canary.request, dry_run=True)
    submission = submission_of(body.model_dump_json().encode(), Labels(source=SOURCE))
    began = time.perf_counter()
    outcome: Outcome
    try:
        outcome, why = await _answered(settings, submission)
    except (Fatal, TimeoutError) as error:
        outcome, why = "failed", str(error)
    return CanaryRun(outcome, why, time.perf_counter() - began, submission.intent_id)


async def _answered(settings: Settings, submission: Submission) -> tuple[Outcome, str]:
    async with waiting_for(settings, [submission.intent_id]) as waiting:
        await submit(settings, [submission])
        last: IntentStatus | None = None
        try:
            async for status in waiting.changes(settings.canary.patience_seconds, ends={State.PROPOSED}):
                last = status
        except TimeoutError as late:
            place = f"its last status is {last.state}" if last else "there is no status of it"
            raise TimeoutError(f"no answer within {settings.canary.patience_seconds:g} s; {place}") from late
    return judge(last, settings.canary.expects)


def judge(answer: IntentStatus | None, expected: str) -> tuple[Outcome, str]:
    """Right is a dry run that ended where its plan was known, with what is expected in it."""
    if answer is None:
        return "wrong", "it ended without a state"
    is_dry_run_answer = answer.state == State.DECLINED and answer.reason == DeclineReason.NOT_APPROVED
    if is_dry_run_answer and expected in (answer.message or ""):
        return "right", answer.message or ""
    told = " ".join(filter(None, (str(answer.state), answer.reason, answer.message)))
    return "wrong", f"expected was a dry run that plans {expected!r}; the answer is: {told}"


async def run_canaries(settings: Settings, metrics: Metrics) -> None:
    """Runs the canary forever, and reports to the metrics and the log."""
    for outcome in get_args(Outcome):
        metrics.canaries.labels(outcome)  # from 0 on, or the first would be no increase
    while True:
        began = time.perf_counter()
        try:
            run = await run_canary(settings)
        except NotUsable as away:
            run = CanaryRun("failed", away.message, time.perf_counter() - began, "")
        metrics.canaries.labels(run.outcome).inc()
        if run.outcome == "right":
            metrics.canary_succeeded_at.set_to_current_time()
            log.info("canary succeeded", intent_id=run.intent_id, seconds=round(run.seconds, 3))
        else:
            log.error("canary failed", intent_id=run.intent_id, outcome=run.outcome, why=run.why)
        await asyncio.sleep(max(0.0, settings.canary.every_seconds - run.seconds))
