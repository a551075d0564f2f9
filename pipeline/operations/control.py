"""Orders of people to all workers, published to `nephoran.control`, and what the topic says now."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

from pipeline.control.control_topic import ControlTopic
from pipeline.flow import STAGES
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations.operator import EVENT_SOURCE, name_of_operator
from pipeline.operations.orders import EVERYBODY, publish_orders
from pipeline.operations.read_topics import following
from pipeline.settings import Settings
from schemas.control import CircuitOrder, StageOrder
from schemas.topics import CONTROL

ALL = "all"
OrderT = TypeVar("OrderT", StageOrder, CircuitOrder)


async def pause_stages(settings: Settings, stage: str, why: str) -> list[StageOrder]:
    """Stops this stage, or `all`, until `resume_stages`. Raises: NotUsable, NotPossible."""
    return await _order_stages(settings, stage, is_paused=True, why=why)


async def resume_stages(settings: Settings, stage: str, why: str) -> list[StageOrder]:
    """Lets this stage, or `all`, go on, whoever paused it. Raises: NotUsable, NotPossible."""
    return await _order_stages(settings, stage, is_paused=False, why=why)


async def order_circuit(settings: Settings, endpoint: str, is_open: bool, why: str) -> CircuitOrder:
    """Has all workers leave an endpoint alone, or ask it again. Raises: NotUsable, NotPossible."""
    order = CircuitOrder(endpoint=endpoint, is_open=is_open, why=why, by=name_of_operator(), at=datetime.now(UTC))
    (numbered,) = await _publish(settings, [order], EVERYBODY)
    return numbered


@asynccontextmanager
async def following_control(settings: Settings) -> AsyncIterator[ControlTopic]:
    """What the topic says, kept up to date while the block runs. Raises: NotUsable."""
    control = ControlTopic(EventReader(Keyring.open(settings.signing)))
    async with following(settings.kafka, {CONTROL: control.take}):
        yield control


async def read_control(settings: Settings) -> ControlTopic:
    """What the topic says now. Raises: NotUsable."""
    async with following_control(settings) as control:
        return control


async def _order_stages(settings: Settings, stage: str, *, is_paused: bool, why: str) -> list[StageOrder]:
    stages = STAGES if stage == ALL else (stage,)
    by, at = name_of_operator(), datetime.now(UTC)
    orders = [StageOrder(stage=name, is_paused=is_paused, why=why, by=by, at=at) for name in stages]
    return await _publish(settings, orders, stages)


async def _publish(settings: Settings, orders: Sequence[OrderT], stages: Sequence[str]) -> list[OrderT]:
    """Each order, numbered after all existing ones."""
    control = await read_control(settings)
    numbered = [order.model_copy(update={"number": control.next_number(order.key)}) for order in orders]
    writer = EventWriter(Keyring.open(settings.signing), EVENT_SOURCE)
    await publish_orders(settings, [writer.control(order) for order in numbered], stages)
    return numbered
