"""The `nephoran` command itself: what Ctrl-C does at any moment, while Python still imports included."""

import sys

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells count it."""


def main() -> None:
    """Run the command line."""
    try:
        from pipeline.cli.main import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
