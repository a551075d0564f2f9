"""Answers kept by the question that they answer."""

from agents.goals.goal_planner import answer_key


def test_another_model_prompt_or_request_is_another_question() -> None:
    keys = {
        answer_key(*parts)
        for parts in [("m", "p", "r"), ("n", "p", "r"), ("m", "q", "r"), ("m", "p", "s"), ("mp", "", "r")]
    }
    assert len(keys) == 5
