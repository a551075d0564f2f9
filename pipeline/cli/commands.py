"""The group of commands: what went wrong in any of them becomes an exit code and a sentence, never a traceback."""

from typing import Any

import typer
from typer.core import TyperGroup

from agents.domain.verdicts import Declined, Failed, Fatal, Rejected, Retryable
from agents.retrieval.ports import Refused
from pipeline.cli.exits import FAILED, NOT_REACHABLE, WRONG_USAGE, stop_with
from pipeline.kafka.not_usable import NotPossible, NotUsable


class Commands(TyperGroup):
    """Translates what commands raise. A bug of our own stays a traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command. Raises: typer.Exit with 1, 2 or 3."""
        try:
            return super().invoke(ctx)
        except (NotUsable, Retryable) as error:
            stop_with(NOT_REACHABLE, error.message)
        except (NotPossible, Refused) as error:
            stop_with(FAILED, str(error))
        except Fatal as error:
            stop_with(FAILED, f"stopped, because going on would do harm: {error}")
        except (Declined, Failed, Rejected) as error:
            stop_with(FAILED, f"{error.reason}: {error.message}")
        except ValueError as error:
            from pipeline.cli.settings_faults import describe_faults

            faults = describe_faults(error)
            if faults is None:
                raise
            stop_with(WRONG_USAGE, faults)
