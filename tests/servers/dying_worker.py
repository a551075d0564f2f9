"""A worker that kills itself with SIGKILL at a boundary: `python -m tests.servers.dying_worker BOUNDARY STAGES`.

Boundaries are what `LedgeredDeploymentTarget` tells its `passed`: an entry committed, an effect done, an end entered.
"""

import asyncio
import os
import signal
import sys
from typing import Any

from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from pipeline.flow import FLOW
from pipeline.settings import Settings
from pipeline.worker import Worker


def die_at(boundary: str) -> None:
    """The first target of this process that passes the boundary ends it."""
    begin = LedgeredDeploymentTarget.__init__

    def passed(reached: str) -> None:
        if reached == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    def mortal(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options, passed=passed)

    LedgeredDeploymentTarget.__init__ = mortal  # type: ignore[method-assign]


async def work(stages: list[str]) -> None:
    """Run the stages."""
    await Worker(Settings(), stages, FLOW).run()


if __name__ == "__main__":
    die_at(sys.argv[1])
    asyncio.run(work(sys.argv[2].split(",")))
