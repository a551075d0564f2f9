"""A new signing key on a real Kafka: what lives on is signed again, what no key fits is discarded by order."""

import pytest

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings
from pipeline.operations.control import pause_stages, read_control
from pipeline.operations.signing import Renewal, forget_claims, renew_signatures
from pipeline.settings import Settings
from schemas.topics import CONTROL, PROPOSED

pytestmark = pytest.mark.slow
OLD, NEW = "the older key of this test", "the newer key of this test"


def settings_with(kafka: KafkaSettings, *keys: str) -> Settings:
    return Settings.model_validate({"kafka": kafka, "git": {"repository": "none"}, "signing": {"keys": keys}})


async def test_once_renewed_an_order_outlives_the_key_it_was_signed_with(kafka: KafkaSettings) -> None:
    await pause_stages(settings_with(kafka, OLD), "plan", "work on the rules")
    only_new = settings_with(kafka, NEW)
    with pytest.raises(NotUsable, match="a key not known here"):
        (await read_control(only_new)).claims.require_judged()
    renewed = await renew_signatures(settings_with(kafka, NEW, OLD))
    assert renewed == [Renewal(CONTROL.name, 1, 0), Renewal(PROPOSED.name, 0, 0)]
    control = await read_control(only_new)
    control.claims.require_judged()
    assert [order.stage for order in control.paused()] == ["plan"]
    assert [each.done for each in await renew_signatures(settings_with(kafka, NEW, OLD))] == [0, 0]


async def test_what_no_key_fits_is_discarded_once_somebody_says_so(kafka: KafkaSettings) -> None:
    await pause_stages(settings_with(kafka, OLD), "plan", "by somebody whose key is lost")
    only_new = settings_with(kafka, NEW)
    await pause_stages(only_new, "deploy", "by one of ours")
    assert [each.done for each in await forget_claims(only_new)] == [1, 0]
    control = await read_control(only_new)
    control.claims.require_judged()
    assert [order.stage for order in control.paused()] == ["deploy"]
