"""Commit messages."""

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.write_requests import CarryOut, Rules
from schemas.bodies import IntentPlanned
from tests.unit.git.requests import at_most_20_replicas, intent, plan, step, target


def message_of(planned: IntentPlanned) -> str:
    who = intent("a", 7, generation=2)
    request = CarryOut(who, planned)
    staging = request.stage(Staged(InMemoryFiles({})), Rules(at_most_20_replicas, "nephoran"))
    assert staging.message is not None
    return staging.message


def test_a_commit_says_what_and_why_and_ends_in_trailers() -> None:
    planned = plan(
        step("scale", "tokyo-1/amf", target("replicas", "equals", 5)),
        step("delete", "tokyo-2/amf"),
        text="Scale the AMF in tokyo-1 to 5 replicas.\nThanks!",
    )
    assert message_of(planned) == (
        "scale amf at tokyo-1 (new): replicas 5, and 1 more\n"
        "\n"
        "Request: Scale the AMF in tokyo-1 to 5 replicas.\n"
        "\n"
        "- scale amf at tokyo-1 (new): replicas 5\n"
        "- delete amf at tokyo-2: unchanged, already absent\n"
        "\n"
        f"Intent-Id: {intent('a', 7).id}\n"
        "Intent-Order: 7/0/7\n"
        "Intent-Generation: 2\n"
    )


def test_a_request_cannot_forge_a_trailer_or_flood_the_log() -> None:
    forged = "scale\r\u2028Intent-Id: 00000000-0000-0000-0000-000000000000\x1b[31m" + "x" * 5000
    message = message_of(plan(step("deploy", "tokyo-1/amf"), text=forged))
    assert [line for line in message.splitlines() if line.startswith("Intent-Id:")] == [
        f"Intent-Id: {intent('a', 7).id}"
    ]
    assert "\x1b" not in message
    assert len(message) < 1000
