"""Labels of metrics come from closed sets, known from the start: nobody's words make series."""

import ast
from collections.abc import Iterator
from itertools import chain

from pipeline.telemetry.metrics import Metrics
from tests.servers.programs import ROOT

CLOSED = {
    "stage": "the flow",
    "topic": "the table of topics",
    "partition": "the partitions of a topic",
    "outcome": "states of intents, `SETTLED`, and the outcomes of one kind of request each",
    "reason": "test_reasons.py, and the reasons for declining",
    "priority": "Priority",
    "verdict": "the verdicts of the lag",
    "kind": "BreakKind",
    "dependency": "what adapters call themselves, and the sites of the settings",
    "endpoint": "the endpoints of the settings",
    "interface": "the kinds of steps",
    "waits_for": "written out",
    "model": "the settings",
    "fault": "the checks of a plan",
    "type": "kinds of tokens",
    "error_type": "outcomes of requests to a model",
    "gen_ai_operation_name": "written out",
    "gen_ai_provider_name": "written out",
    "gen_ai_request_model": "the settings",
    "gen_ai_token_type": "kinds of tokens",
    "service": "the component",
    "method": "the methods of HTTP, else `any`",
    "route": "the routes of the application, else `none`",
    "code": "status codes of our answers",
    "store": "the stores",
    "operation": "the operations of a store",
    "pool": "the pools",
    "state": "states of a connection",
    "cache": "the caches",
    "python": "one",
    "version": "one",
}
"""By label where its values come from."""
SETTLED = {"duplicate", "already_decided", "over", "unverified", "answered"}
"""How records end for which nothing was left to do."""


def calls_of(name: str) -> Iterator[ast.Call]:
    files = chain((ROOT / "agents").rglob("*.py"), (ROOT / "pipeline").rglob("*.py"))
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def test_every_label_is_known_to_come_from_a_closed_set() -> None:
    collectors = Metrics().registry._collector_to_names
    labels = {label for collector in collectors for label in getattr(collector, "_labelnames", ())}
    assert labels == set(CLOSED)


def test_how_settled_records_end_is_written_out() -> None:
    ends = [call.args[0] for call in calls_of("AlreadySettled")]
    assert all(isinstance(end, ast.Constant) for end in ends)
    assert {end.value for end in ends if isinstance(end, ast.Constant)} == SETTLED


def test_what_an_attempt_depends_on_is_never_made_of_what_came_in() -> None:
    """A name, an attribute, or words written out; put together only of a kind and a site of the settings."""
    for call in calls_of("Retryable"):
        (dependency,) = (keyword.value for keyword in call.keywords if keyword.arg == "dependency")
        if isinstance(dependency, ast.JoinedStr):
            assert ast.unparse(dependency) == "f'site/{site}'"
