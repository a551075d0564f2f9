"""`python -m tests.chaos.simulation`: random schedules in virtual time, each judged by the model of histories."""

import argparse
import logging
import sys

import structlog

from tests.chaos.simulation.schedule import KINDS, Schedule, play


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="the first; the others count on")
    parser.add_argument("--kinds", default=",".join(KINDS), help="the kinds of faults to draw from")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    broken = 0
    for seed in range(arguments.seed, arguments.seed + arguments.schedules):
        played = play(Schedule(seed, workers=2, faults=6, kinds=tuple(arguments.kinds.split(","))))
        broken += bool(played.faults)
        for fault in played.faults:
            print(f"seed {seed}: {fault}", flush=True)
    print(f"{arguments.schedules} schedules from seed {arguments.seed}: {broken} break a promise")
    return broken > 0


if __name__ == "__main__":
    sys.exit(main())
