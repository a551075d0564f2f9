"""A language model behind Chat Completions with structured output."""

import asyncio
from typing import Any

from openai import APIConnectionError, APIError, APIStatusError, AsyncOpenAI, omit
from openai.types.chat import ChatCompletion
from openai.types.shared_params import ResponseFormatJSONSchema
from pydantic import ValidationError

from agents.adapters.openai.faults import away_from_connection, away_or_unanswered, timed_out
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import Answer, AnswerT, ModelAway, Outcome, TokenUsage, Unanswered

_NO_KEY = "none-needed"
"""The client insists on one; servers that ask for none ignore it."""


class OpenAiLanguageModel:
    """Asks once, with a strict JSON Schema. Retries, limits and costs are its caller's."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._client = AsyncOpenAI(
            base_url=settings.base_url,
            api_key=settings.api_key.get_secret_value() or _NO_KEY,
            max_retries=0,
        )

    @property
    def name(self) -> str:
        """The model as its provider calls it."""
        return self._settings.name

    async def answer(
        self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
    ) -> Answer[AnswerT]:
        """Raises: ModelAway, Unanswered."""
        try:
            # The client's own time-out restarts with every byte that arrives.
            async with asyncio.timeout(within_seconds):
                completion = await self._complete(instructions, request, response_format(shape), within_seconds)
        except TimeoutError as fault:
            raise timed_out(self.name, within_seconds) from fault
        except APIStatusError as fault:
            raise away_or_unanswered(self.name, fault, self._settings.api_key.get_secret_value()) from fault
        except APIConnectionError as fault:
            raise away_from_connection(self.name, fault, within_seconds) from fault
        except (APIError, ValueError) as fault:
            raise ModelAway(Outcome.UNAVAILABLE, f"The model {self.name} did not answer with a completion.") from fault
        return _answer_of(completion, shape, self.name)

    async def _complete(
        self, instructions: str, request: str, form: ResponseFormatJSONSchema, within_seconds: float
    ) -> ChatCompletion:
        temperature = self._settings.temperature
        return await self._client.chat.completions.create(
            model=self.name,
            messages=[{"role": "system", "content": instructions}, {"role": "user", "content": request}],
            response_format=form,
            temperature=omit if temperature is None else temperature,
            timeout=within_seconds,
            extra_body={self._settings.output_limit_field: self._settings.max_output_tokens},
        )

    async def close(self) -> None:
        """Ends its connections."""
        await self._client.close()


def response_format(shape: type[AnswerT]) -> ResponseFormatJSONSchema:
    """The strict form of the request: every field is required, none may be added."""
    schema: dict[str, Any] = shape.model_json_schema()
    return {"type": "json_schema", "json_schema": {"name": shape.__name__.lower(), "schema": schema, "strict": True}}


def _answer_of(completion: Any, shape: type[AnswerT], name: str) -> Answer[AnswerT]:
    """What a completion says. The client checks nothing of what a server sends: everything may be missing."""
    usage = _usage_of(completion)
    choices = getattr(completion, "choices", None)
    message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
    if message is None:
        raise Unanswered(Outcome.OUT_OF_SHAPE, f"The model {name} sent no choice.", usage)
    finish = choices[0].finish_reason if choices else None
    if finish == "length":
        raise Unanswered(Outcome.CUT_OFF, f"The answer of the model {name} was cut off.", usage)
    if getattr(message, "refusal", None) or finish == "content_filter":
        raise Unanswered(Outcome.REFUSED, f"The model {name} refused to answer.", usage)
    if finish != "stop":
        raise Unanswered(Outcome.OUT_OF_SHAPE, f"The model {name} ended its answer in an unknown way.", usage)
    try:
        return Answer(shape.model_validate_json(message.content or "", strict=True), usage)
    except (ValidationError, TypeError, AttributeError):
        # Not chained: what the model wrote stays out of logs.
        raise Unanswered(
            Outcome.OUT_OF_SHAPE, f"The model {name} gave an answer that does not fit its schema.", usage
        ) from None


def _usage_of(completion: Any) -> TokenUsage:
    usage = getattr(completion, "usage", None)
    return TokenUsage(_count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))


def _count(usage: Any, field: str) -> int:
    value = getattr(usage, field, 0)
    return value if isinstance(value, int) and value > 0 else 0
