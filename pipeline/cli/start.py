"""The `nephoran` command itself: what Ctrl-C does at any moment, while Python still imports included."""

import gc
import sys

from pipeline.processes.gc_tuning import YOUNG_OBJECTS

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells count it."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(YOUNG_OBJECTS)  # Python's own cost `explain` a tenth of its time, `dead-letters stats` a quarter
    try:
        from pipeline.cli.main import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
