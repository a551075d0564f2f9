"""A language model beside the grammar, wired as the settings say: for requests that the grammar does not cover."""

from collections.abc import Awaitable, Callable

from agents.adapters.openai.openai_language_model import OpenAiLanguageModel
from agents.adapters.sqlite_accounting import SqliteAccounting
from agents.adapters.system_clock import SystemClock
from agents.circuit import Circuit
from agents.knowledge_pack import KnowledgePack
from agents.model.careful_language_model import CarefulLanguageModel
from agents.model.prompt import Prompt
from agents.model.settings import ModelSettings
from agents.model.understanding_with_model import UnderstandingWithModel
from agents.model.verification import Verification
from agents.ports import Understanding
from pipeline.telemetry.counted_language_model import CountedLanguageModel
from pipeline.telemetry.measured_accounting import MeasuredAccounting
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.model_meter import ModelMeter


def with_model(
    grammar: Understanding, pack: KnowledgePack, settings: ModelSettings, metrics: Metrics, circuit: Circuit
) -> tuple[Understanding, Callable[[], Awaitable[None]]]:
    """What reads requests, and what ends its connections."""
    adapter = OpenAiLanguageModel(settings)
    books = SqliteAccounting(settings.accounting_file)
    meter = ModelMeter(metrics, settings.name, settings.base_url)
    clock = SystemClock()
    counted = CountedLanguageModel(adapter, settings.max_concurrent, metrics)
    model = CarefulLanguageModel(counted, settings, clock, MeasuredAccounting(books, metrics), meter, circuit)
    verification = Verification(grammar, pack)
    understanding = UnderstandingWithModel(verification, model, Prompt.load(pack.inventory), settings, clock, meter)

    async def close() -> None:
        await adapter.close()
        books.close()

    return understanding, close
