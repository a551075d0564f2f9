"""`nephoran signing`: what to do when the signing key changes."""

import asyncio
from typing import TYPE_CHECKING

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.printing import print_json, tell

if TYPE_CHECKING:
    from pipeline.operations.signing import Renewal

app = typer.Typer(
    name="signing", no_args_is_help=True, help="Change the signing key without losing orders or proposals."
)


@app.command()
def renew(as_json: AsJson = False) -> None:
    """Re-sign pauses, circuits and proposals with the first of the keys.

    Afterwards the older keys can be dropped, once the topics' seven days are over. Workers do the same when they start.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.signing import renew_signatures

    _tell(asyncio.run(renew_signatures(begin())), "signed anew", as_json)


@app.command()
def forget(as_json: AsJson = False) -> None:
    """Permanently discard orders and proposals that are signed with a key nobody here has.

    A worker does not start while there are any: they may be your own pause, or somebody's forgery.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.signing import forget_claims

    _tell(asyncio.run(forget_claims(begin())), "discarded", as_json)


def _tell(renewals: "list[Renewal]", done: str, as_json: bool) -> None:
    if as_json:
        print_json({each.topic: {"done": each.done, "unjudged": each.unjudged} for each in renewals})
        return
    for each in renewals:
        left = f", {each.unjudged} signed with a key that is not known here" if each.unjudged else ""
        tell(f"{each.topic}: {each.done} {done}{left}")
