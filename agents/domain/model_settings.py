"""The language model that plans what the grammar cannot read, and its limits."""

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class Price(BaseModel):
    """USD for a million tokens; 0 for a self-hosted model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_usd: float = Field(ge=0)
    output_usd: float = Field(ge=0)

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        """What these tokens cost."""
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / 1_000_000


class ModelSettings(BaseModel):
    """A model behind the Chat Completions protocol. Without a `name` no model is asked, and goals are declined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    """The model as its provider calls it. Empty: no model."""

    base_url: str = "https://api.openai.com/v1"
    """Where it answers: any server that speaks Chat Completions with structured outputs."""

    api_key: SecretStr = SecretStr("")
    """May stay empty for a server that asks for none."""

    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """0: the same question should get the same answer. None leaves it out, for models that do not take it."""

    max_output_tokens: int = Field(default=2_000, ge=64)
    """A plan of four expectations takes about 1,000; an answer that is longer is cut off and not used."""

    output_limit_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """What the server calls that limit. Older ones know only `max_tokens`, and say so: `nephoran doctor` finds out."""

    attempt_seconds: float = Field(default=5.0, gt=0, lt=8)
    """How long one attempt may take. 5 s is the P99 objective of a model's answer; above 8 s it is critical."""

    deadline_seconds: float = Field(default=7.5, gt=0, lt=8)
    """How long all attempts and waiting may take together; below the critical 8 s, and not below `attempt_seconds`."""

    max_attempts: int = Field(default=2, ge=1, le=5)
    """Attempts on one request, as long as the deadline leaves time for them."""

    max_concurrent: int = Field(default=100, ge=1)
    """Concurrent requests: one connection each."""

    requests_per_minute: int | None = Field(default=None, ge=1)
    """The provider's limit, divided among the workers. None: only the provider limits the rate."""

    tokens_per_minute: int | None = Field(default=None, ge=1)
    """As above, input and output together."""

    prices: dict[str, Price] = {}
    """By model name. None are built in, because prices change: without one, tokens are counted and cost is not."""

    daily_budget_usd: float | None = Field(default=None, ge=0)
    """Once it is spent, only the grammar reads requests until midnight UTC. Each accounting file (each machine) keeps
    its own."""

    accounting_file: Path = Field(default_factory=lambda: user_data_path("nephoran") / "model-spending.sqlite")
    """What was asked and spent: a row for each day, model, requester and outcome. A machine's workers share it."""

    when_away: Literal["decline", "pause", "queue"] = "decline"
    """What becomes of a goal while the model is unavailable. `decline`: the grammar's question at once. `pause`: it
    waits for the model. `queue`: it becomes the dead letter `model_away`, to be replayed once the model is back. What
    the grammar reads is processed in any case; once the budget is spent, goals are declined."""

    most_goals: int = Field(default=256, ge=1)
    """Goals that wait for an answer in a worker at a time; for the others the model counts as away. Well below
    `lanes.admitted` (1,024), so that requests which the grammar reads are still fetched from the broker."""

    most_paused: int = Field(default=16, ge=1)
    """Of those, how many may pause; the others are queued."""

    pause_seconds: float = Field(default=900.0, gt=0)
    """How long one of them waits before it is queued."""

    cached_answers: int = Field(default=1_000, ge=0)
    """Answers kept, evicted least recently used first; 0 keeps none. Each is about 4 KiB."""

    @property
    def is_configured(self) -> bool:
        """True where a model may be asked."""
        return bool(self.name)

    @property
    def price(self) -> Price | None:
        """The price of the model that is used, where it is known."""
        return self.prices.get(self.name)

    @model_validator(mode="after")
    def _agree(self) -> "ModelSettings":
        if self.attempt_seconds > self.deadline_seconds:
            raise ValueError(
                "model.attempt_seconds is above model.deadline_seconds: lower it, no attempt would end in time"
            )
        if self.is_configured and self.daily_budget_usd is not None and self.price is None:
            raise ValueError(
                f"model.daily_budget_usd cannot be kept without a price: add model.prices for {self.name!r} "
                "(input_usd and output_usd for a million tokens; 0 where it costs nothing)"
            )
        return self
