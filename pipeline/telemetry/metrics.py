"""Every metric: name, unit, labels, what it means and what to do when it moves. `docs/metrics.md` is made of this file.

`later` names the series of parts that do not exist yet: rules for them can be written and tested, and nothing is
exported for them before there is something to count. Ids are never labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from platform import python_version
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from pipeline.telemetry.loop_histogram import LoopHistogram

Kind = Literal["counter", "gauge", "histogram"]

INTENT_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 30.0, 60.0, 300.0)
"""Seconds. 1.5, 3, 5 and 10 are the objectives (P50, P95, P99) and the critical threshold of an intent end to end."""
STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds of work. No objective of its own: finer below, where stages without a model are."""
QUEUE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0)
"""Seconds of waiting, up to the backlog of a half-hour outage."""
LLM_BUCKETS = (0.1, 0.25, 0.5, 0.8, 1.2, 2.0, 3.0, 5.0, 8.0, 15.0, 30.0)
"""Seconds. 0.8, 2, 5 are the objectives (P50, P95, P99) of an answer of the model, 8 the critical threshold."""
GEN_AI_SECONDS_BUCKETS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
GEN_AI_TOKEN_BUCKETS = tuple(float(4**power) for power in range(14))
"""Both as OpenTelemetry's semantic conventions for generative AI advise."""
RAG_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds. 0.2, 0.5, 1 are the objectives of a knowledge query, 2 the critical threshold."""
HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. 0.1, 0.3, 0.5 are the objectives of the gateway, 1 the critical threshold."""
DB_BUCKETS = (0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.5, 1.0, 5.0)
"""Seconds. 0.05, 0.15, 0.3 are the objectives of a database query, 0.5 the critical threshold."""
NETWORK_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds of a push, a policy or a configuration in the network. No objective of its own."""
WAITING_BUCKETS = (60.0, 300.0, 900.0, 3_600.0, 4 * 3_600.0, 24 * 3_600.0, 7 * 24 * 3_600.0)
"""Seconds that people and provisioning take: a minute to a week."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the catalogue. `name` is what Prometheus finds (a histogram has `_bucket`, `_sum` and `_count`)."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    meaning: str
    when_it_moves: str
    buckets: tuple[float, ...] = ()
    later: str | None = None


class Metrics:
    """The instruments of one process, on a registry of their own, and the catalogue of them."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.catalogue: list[Metric] = []
        self._define_intents()
        self._define_stages()
        self._define_lag()
        self._define_model()
        self._define_knowledge()
        self._define_network()
        self._define_http()
        self._define_process()
        ProcessCollector(registry=self.registry)

    def _define_intents(self) -> None:
        self.intents = self._counter(
            "intent_processing_total",
            "intents",
            ("outcome", "priority"),
            "Intents by their first answer: declined, proposed, observing, deployed, failed, dead_lettered. What comes "
            "of a decision or a replay later is not counted again.",
            "A growing share of failed and dead_lettered: find the stage in intent_stage_total. Of declined: see which "
            "reason, and what producers have begun to send. None at all: see whether intents.received still grows.",
        )
        self.intent_seconds = self._histogram(
            "intent_processing_duration_seconds",
            ("outcome", "priority"),
            INTENT_BUCKETS,
            "From the broker's append time of the request to its answer without the waits for people and provisioning.",
            "Above its objectives: intent_stage_queue_seconds says which stage has too few workers, "
            "intent_stage_duration_seconds which one waits for what it calls.",
        )
        self.intent_errors = self._counter(
            "intent_processing_errors_total",
            "intents",
            ("reason",),
            "Intents that ended failed, timed out or dead-lettered, after an approval or a replay too.",
            "Any is worth a look: `nephoran dead-letters list`, `nephoran watch`.",
        )
        self.waiting_seconds = self._histogram(
            "intent_waiting_seconds",
            ("waits_for",),
            WAITING_BUCKETS,
            "How long intents waited for people (`approval`), for what was asked of the network to come into force "
            "(`enforcement`), or for infrastructure (`provisioning`), apart from the system's own time.",
            "approval: nobody looks at the proposals, see `nephoran watch`. enforcement: ask the RIC or the site. "
            "provisioning: ask the O-Cloud.",
        )
        self.observations = self._gauge(
            "intent_observations_waiting",
            "intents",
            (),
            "Intents that are watched until they are in force, as each observe worker sees them: use the maximum.",
            "Growing: something comes into force slowly or never; `nephoran status --state observing` lists them.",
        )
        self.overdue = self._gauge(
            "intents_overdue",
            "intents",
            (),
            "Intents in progress for longer than NEPHORAN_RUN__OVERDUE_SECONDS, as each parse worker sees them: take "
            "the maximum.",
            "Above 0: something was lost, is stuck or paused: docs/runbooks/IntentsOverdue.md.",
        )
        self.proposals = self._gauge(
            "intent_proposals_waiting",
            "intents",
            (),
            "Plans that wait for a decision, as each approve worker sees them: use the maximum.",
            "Growing: somebody must approve or decline; undecided proposals expire.",
        )
        self.canaries = self._counter(
            "nephoran_canary_runs_total",
            "runs",
            ("outcome",),
            "Dry runs of a known request: `right` if the plan was the expected one, else `wrong` or `failed`.",
            "Wrong: understanding or knowledge has changed, stop rolling it out. Failed: the stage it names is down.",
        )
        self.canary_succeeded_at = self._gauge(
            "nephoran_canary_last_success_timestamp_seconds",
            "seconds since 1970",
            (),
            "When a canary last succeeded.",
            "Older than a few minutes: requests are not understood or not planned, whatever else is green.",
        )

        self.unverified = self._counter(
            "intent_unverified_records_total",
            "records",
            ("topic",),
            "Records that claim to be the pipeline's own but have no valid signature; they are skipped.",
            "Somebody writes to a topic that is not theirs, or a machine has another key: compare `nephoran settings`, "
            "and give every topic its writers by ACLs.",
        )

    def _define_stages(self) -> None:
        self.stage_events = self._counter(
            "intent_stage_total",
            "events",
            ("stage", "outcome", "reason"),
            "Events that a stage finished. reason: why one was declined, failed or dead-lettered, else empty.",
            "The first stage where a bad outcome grows is the one to look at. A shift among reasons of declined "
            "usually begins with a producer, or with new knowledge.",
        )
        self.stage_seconds = self._loop_histogram(
            "intent_stage_duration_seconds",
            ("stage",),
            STAGE_BUCKETS,
            "Work on one event, from its start to the acknowledged result, retries included.",
            "Above its usual value: what the stage calls (model, knowledge base, repository, broker) or the machine "
            "is slow.",
        )
        self.queue_seconds = self._loop_histogram(
            "intent_stage_queue_seconds",
            ("stage",),
            QUEUE_BUCKETS,
            "From the append time of an event to the start of its work.",
            "Growing: add workers, up to the number of partitions, or find the key whose events hold one another up.",
        )
        self.retries = self._counter(
            "intent_stage_retries_total",
            "attempts",
            ("stage", "dependency"),
            "Attempts repeated because a dependency was unavailable; internal_error is a bug of our own.",
            "Steady growth names what is down. internal_error: its traceback is in the dead letter that follows.",
        )
        self.in_flight = self._gauge(
            "intent_stage_in_flight",
            "events",
            ("stage",),
            "Events fetched from the broker and not finished. A worker has this series for the stages it runs.",
            "At its limit for long: the stage is stuck or too slow. No series for a stage: no worker runs it.",
        )
        self.paused = self._gauge(
            "intent_stage_paused",
            "1 or 0",
            ("stage",),
            "1 while the stage takes no new events: paused by a person or the brake, or waiting for a newer worker.",
            "Its log line and `/readyz` say why. `nephoran resume` once the cause is gone.",
        )
        self.circuits = self._gauge(
            "circuit_open",
            "1 or 0",
            ("endpoint",),
            "1 while an endpoint's circuit is open, so that it is not called.",
            "Events that need the endpoint wait, and become dead letters after an hour: bring the endpoint back.",
        )
        self.dead_letters = self._counter(
            "dead_letters_total",
            "records",
            ("stage", "reason"),
            "Records that could not be processed.",
            "Any needs a person: `nephoran dead-letters list`, repair the cause, then `nephoran dead-letters replay`.",
        )

    def _define_lag(self) -> None:
        places = ("stage", "topic", "partition")
        every_worker = "Every worker reports every stage, so that the lag of a dead one stays visible: use the maximum."
        self.lag_records = self._gauge(
            "intent_stage_lag_records",
            "records",
            places,
            f"Records between the committed offset and the end of the partition. {every_worker}",
            "Growing on all partitions: too few workers. On one: a stuck or slow event, see `nephoran lag`.",
        )
        self.lag_seconds = self._gauge(
            "intent_stage_lag_seconds",
            "seconds",
            places,
            f"Age of the record at the committed offset, 0 where nothing is behind. {every_worker}",
            "This is how late the stage is. See the verdict: `stopped` needs a worker, `stalled` a look at its logs.",
        )
        self.lag_verdict = self._gauge(
            "intent_stage_lag_verdict",
            "1 or 0",
            ("stage", "verdict"),
            f"1 for the verdict on the stage: ok, warning, stalled, stopped, rewind or lost. {every_worker}",
            "docs/lag.md says how each is found and what to do about it.",
        )
        self.log_breaks = self._counter(
            "intent_log_breaks_total",
            "breaks",
            ("stage", "topic", "kind"),
            "How often a partition did not continue where the stage had got to: expired (records gone before they were "
            "read), went_back (the log is shorter than what was read, or another log; it is read from its start).",
            "Requests may be lost: docs/runbooks/RecordsLost.md.",
        )
        self.records_expired = self._counter(
            "intent_records_expired_total",
            "records",
            ("stage", "topic"),
            "Records that were gone before the stage read them.",
            "Every one is an intent that will not be answered: ask producers to send it again.",
        )
        self.topic_partitions = self._gauge(
            "intent_topic_partitions",
            "partitions",
            ("topic",),
            f"Partitions of each topic that a stage reads. {every_worker}",
            "It differs from the settings: docs/runbooks/PartitionsChanged.md.",
        )
        self.topic_partitions_wanted = self._gauge(
            "intent_topic_partitions_wanted",
            "partitions",
            ("topic",),
            "The number of partitions that the settings give each topic.",
            "Only with the settings.",
        )
        self.lag_measured_at = self._gauge(
            "intent_stage_lag_measured_timestamp_seconds",
            "seconds since 1970",
            (),
            "When this worker last measured the lag.",
            "Older than a minute: this worker cannot ask the broker, and its lag figures are old.",
        )

    def _define_model(self) -> None:
        self.llm_requests = self._counter(
            "llm_requests_total",
            "requests",
            ("model", "outcome"),
            "Requests to a language model. Good: answered, refused. Bad: timed_out, unavailable, rate_limited, "
            "unauthorized, out_of_shape, cut_off, not_accepted, and circuit_open (not sent: earlier ones failed). "
            "Left out of the ratio: held_back, over_budget (not sent by our own limits).",
            "unauthorized: the key. rate_limited: the provider's quota. timed_out, unavailable: the provider. "
            "Requests that need the model wait or are declined meanwhile; the others are processed.",
        )
        self.llm_seconds = self._histogram(
            "llm_request_duration_seconds",
            ("model",),
            LLM_BUCKETS,
            "Duration of a request that was sent, whatever its outcome.",
            "Above its objectives: the provider is slow, or prompts and answers have grown (llm_tokens_total).",
        )
        self.llm_tokens = self._counter(
            "llm_tokens_total",
            "tokens",
            ("model", "type"),
            "Tokens that the model charged, by type: input, output.",
            "More per request than usual: the prompt, or the knowledge in it, has grown.",
        )
        self.llm_costs = self._counter(
            "llm_token_costs_usd_total",
            "USD",
            ("model",),
            "What the tokens cost at the prices of the settings.",
            "Above the budget: `NEPHORAN_MODEL__DAILY_BUDGET_USD` caps it; see which producer sends what the grammar "
            "does not cover.",
        )
        self.gen_ai_seconds = self._histogram(
            "gen_ai_client_operation_duration_seconds",
            ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "error_type"),
            GEN_AI_SECONDS_BUCKETS,
            "As llm_request_duration_seconds, by the names of OpenTelemetry's conventions. "
            "error_type is empty where the model answered.",
            "As llm_request_duration_seconds.",
        )
        self.gen_ai_tokens = self._histogram(
            "gen_ai_client_token_usage",
            ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_token_type"),
            GEN_AI_TOKEN_BUCKETS,
            "Tokens of each request, by the names of OpenTelemetry's conventions: type is input or output.",
            "As llm_tokens_total.",
            unit="tokens",
        )
        self.llm_answers_judged = self._counter(
            "llm_answers_judged_total",
            "answers",
            ("model", "fault"),
            "Answers checked against the request; fault is `none` where it passed.",
            "Growing faults: the model makes things up, or its provider has changed it. None of it is carried out.",
        )
        self.llm_answers_found = self._counter(
            "llm_answers_found_total",
            "answers",
            ("model",),
            "Earlier answers that were used again for the same question: nothing was sent.",
            "Falling while requests grow: the requests differ more, or the cache is too small.",
        )

    def _define_knowledge(self) -> None:
        self.rag_queries = self._counter(
            "rag_queries_total",
            "queries",
            ("store", "outcome"),
            "Queries to the knowledge base. Good: found, nothing_found (which is an answer too). Bad: unavailable, and "
            "degraded (answered with less than there is: keywords only, or the embedded store for Weaviate).",
            "degraded: the event's `knowledge_degraded` and the log say why. unavailable: the knowledge base is "
            "down, enrich retries and then dead-letters. nothing_found growing: knowledge was lost; `nephoran explain` "
            "shows what a request finds, `nephoran knowledge stats` what there is.",
        )
        self.rag_seconds = self._histogram(
            "rag_query_latency_seconds",
            ("store",),
            RAG_BUCKETS,
            "Duration of a query to the knowledge base.",
            "Above its objectives: the store is short of memory or CPU, or its index has grown.",
        )
        self.db_seconds = self._histogram(
            "db_query_duration_seconds",
            ("store", "operation"),
            DB_BUCKETS,
            "One operation on a database: sqlite and weaviate (knowledge), accounting (SQLite), state (topic views).",
            "Above its objectives: the disk or the store is slow, or another process holds its lock.",
        )
        self.cache_lookups = self._counter(
            "knowledge_cache_lookups_total",
            "lookups",
            ("cache", "outcome"),
            "Lookups in the caches of knowledge by outcome (hit, miss, error). cache: memory (answers), redis (answers "
            "that processes share), vectors (of queries).",
            "error: Redis is down, its queries go to the store. Fewer hits: queries differ more, or a load emptied it.",
        )
        self.pool_connections = self._gauge(
            "connection_pool_connections",
            "connections",
            ("pool", "state"),
            "Connections of a pool (model, weaviate) by state: in_use, and idle where the client reports it.",
            "in_use at connection_pool_limit for long: callers wait. Raise the limit, or find what is slow.",
            later="pools of the A1, O1 and O2 interfaces",
        )
        self.pool_limit = self._gauge(
            "connection_pool_limit",
            "connections",
            ("pool",),
            "The most connections the pool may hold.",
            "Changes only with the settings.",
            later="pools of the A1, O1 and O2 interfaces",
        )

    def _define_network(self) -> None:
        self.oran_requests = self._counter(
            "oran_requests_total",
            "requests",
            ("interface", "outcome"),
            "Requests to the network's interfaces: nephio (push and fetch of the deployment repository), a1, o1, o2. "
            "Good: done, refused (the other side answered, and rejected it). Bad: unavailable. Left out: "
            "overtaken (somebody else pushed first; it is pushed again).",
            "unavailable: the interface is down, see its endpoint. refused: somebody changed its rules.",
        )
        self.oran_seconds = self._histogram(
            "oran_request_duration_seconds",
            ("interface",),
            NETWORK_BUCKETS,
            "Duration of a request to an interface.",
            "Slower pushes slow down every deployment: check the repository's server and the size of the repository.",
        )
        self.deployments = self._counter(
            "network_function_deployments_total",
            "intents",
            (),
            "Intents that deploy carried out, or that a target refused permanently.",
            "The denominator of network_function_deployments_failed_total.",
        )
        self.failed_deployments = self._counter(
            "network_function_deployments_failed_total",
            "intents",
            (),
            "Intents that a target refused permanently.",
            "Above a tenth: see the message of the failed intents (`nephoran status ID`); usually one repository rule.",
        )

    def _define_http(self) -> None:
        self.http_requests = self._counter(
            "http_requests_total",
            "requests",
            ("service", "method", "route", "code"),
            "HTTP requests answered. service: worker (probes and metrics), api-gateway. Good: 2xx and 3xx. Bad: 5xx. "
            "Left out of the ratio: correct refusals (400, 401, 403, 404, 409, 422, 429 by quota).",
            "5xx of api-gateway: it cannot reach Kafka, see its log. 503 of a worker's /readyz: it says why.",
            later="service `api-gateway`",
        )
        self.http_seconds = self._histogram(
            "http_request_duration_seconds",
            ("service", "method", "route"),
            HTTP_BUCKETS,
            "Duration of an HTTP request, to the last byte of its answer.",
            "Above its objectives: the process is short of CPU, or waits for the broker.",
            later="service `api-gateway`",
        )

    def _define_process(self) -> None:
        self.build_info = self._gauge(
            "nephoran_build_info",
            "1",
            ("version", "python"),
            "Always 1; its labels name the versions that run.",
            "Several versions at once are a roll-out in progress; for a long time, a forgotten one.",
        )
        self.build_info.labels(version("nephoran"), python_version()).set(1)

    def _counter(
        self, name: str, unit: str, labels: Sequence[str], meaning: str, moves: str, *, later: str | None = None
    ) -> Counter:
        self.catalogue.append(Metric(name, "counter", unit, tuple(labels), meaning, moves, later=later))
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(
        self, name: str, unit: str, labels: Sequence[str], meaning: str, moves: str, *, later: str | None = None
    ) -> Gauge:
        self.catalogue.append(Metric(name, "gauge", unit, tuple(labels), meaning, moves, later=later))
        return Gauge(name, meaning, labels, registry=self.registry)

    def _histogram(
        self,
        name: str,
        labels: Sequence[str],
        buckets: tuple[float, ...],
        meaning: str,
        moves: str,
        *,
        later: str | None = None,
        unit: str = "seconds",
    ) -> Histogram:
        self.catalogue.append(Metric(name, "histogram", unit, tuple(labels), meaning, moves, buckets, later))
        return Histogram(name, meaning, labels, buckets=buckets, registry=self.registry)

    def _loop_histogram(
        self, name: str, labels: Sequence[str], buckets: tuple[float, ...], meaning: str, moves: str
    ) -> LoopHistogram:
        """For what happens with every event."""
        self.catalogue.append(Metric(name, "histogram", "seconds", tuple(labels), meaning, moves, buckets))
        return LoopHistogram(name, meaning, labels, buckets, self.registry)
