"""A writer of its own: repository, cache, then `name:order:site/object:target:condition:value` for each intent.

With DRAFTS in the environment each has its draft before it is carried out.
"""

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.adapters.git.settings import GitSettings
from agents.domain.verdicts import Declined
from schemas.bodies import IntentPlanned
from schemas.envelope import Intent
from tests.unit.git.requests import at_most_20_replicas, intent, plan, step, target


def wish(place: str, name: str, condition: str, value: str) -> IntentPlanned:
    return plan(step("scale", place, target(name, condition, int(value))))


async def carry_out(git: GitDeploymentTarget, who: Intent, planned: IntentPlanned) -> None:
    if "DRAFTS" in os.environ:
        planned = planned.model_copy(update={"draft": await git.draft(who, planned)})
    await git.carry_out(who, planned)


async def main(repository: str, cache: str, wished: list[str]) -> None:
    settings = GitSettings(repository=repository, cache=Path(cache), group_window_seconds=0.005, group_limit=4)
    git = GitDeploymentTarget(settings, at_most_20_replicas)
    for start in range(0, len(wished), 4):
        asked = [each.split(":") for each in wished[start : start + 4]]
        answers = await asyncio.gather(
            *(carry_out(git, intent(name, int(at)), wish(*what)) for name, at, *what in asked),
            return_exceptions=True,
        )
        faults = [each for each in answers if isinstance(each, BaseException) and not isinstance(each, Declined)]
        if faults:
            raise faults[0]
    await git.close()


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
