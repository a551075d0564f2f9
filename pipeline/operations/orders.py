"""Signed records for workers to act on: published only where somebody will."""

import asyncio
from collections.abc import Collection, Sequence

import structlog

from pipeline.flow import FLOW
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.producer import publishing
from pipeline.kafka.records import Outgoing
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.worker_keys import accepted_keys
from pipeline.settings import Settings

log = structlog.get_logger()
EVERYBODY = tuple(stage.name for stage in FLOW)


async def publish_orders(settings: Settings, records: Sequence[Outgoing], stages: Collection[str] = EVERYBODY) -> None:
    """Returns once Kafka has them. Raises: NotUsable; NotPossible where no worker would obey; Fatal."""
    await asyncio.to_thread(require_obeyed, settings, stages)
    async with publishing(settings.kafka) as publisher:
        await publisher.deliver(records)


def require_obeyed(settings: Settings, stages: Collection[str] = EVERYBODY) -> None:
    """That the workers of these stages that are at work, if any, accept what is signed here. Raises: NotPossible."""
    ours = Keyring.open(settings.signing).fingerprints[0]
    told = accepted_keys(settings.kafka, [stage.group for stage in FLOW if stage.name in stages])
    deaf = [keys for keys in told if ours not in keys]
    if not deaf:
        return
    theirs = " or ".join(sorted(frozenset().union(*deaf)))
    if len(deaf) < len(told):
        log.warning("some workers accept another signing key alone, and will not obey", ours=ours, theirs=theirs)
        return
    raise NotPossible(
        f"nothing was done, for no worker would obey: this machine signs with the key {ours}, the workers accept "
        f"{theirs}. `nephoran settings` shows the fingerprints of each machine's keys (signing.fingerprints): set "
        "NEPHORAN_SIGNING__KEYS or NEPHORAN_SIGNING__KEY_FILE here to the workers' key"
    )
