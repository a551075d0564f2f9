"""A language model whose connections are counted."""

from agents.domain.model_usage import Answer, AnswerT
from agents.domain.ports import LanguageModel
from pipeline.telemetry.metrics import Metrics

POOL = "model"


class CountedLanguageModel:
    """Another model, watched: each request holds its own connection from start to end."""

    def __init__(self, model: LanguageModel, limit: int, metrics: Metrics) -> None:
        self._model = model
        self._in_use = metrics.pool_connections.labels(POOL, "in_use")
        metrics.pool_limit.labels(POOL).set(limit)

    @property
    def name(self) -> str:
        """The model as its provider calls it."""
        return self._model.name

    async def answer(
        self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
    ) -> Answer[AnswerT]:
        """As the model answers. Raises: what it raises."""
        with self._in_use.track_inprogress():
            return await self._model.answer(instructions, request, shape, within_seconds)
