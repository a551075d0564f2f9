"""`nephoran settings`: the effective ones."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, print_json, table


def settings(
    describe: Annotated[
        bool, typer.Option("--describe", help="Every setting with its meaning and default, as Markdown.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the settings in effect, secrets masked, and where each comes from: a variable, the file, or its default."""
    if describe:
        from pipeline.operations.described_settings import described_settings, settings_page

        if as_json:
            print_json([asdict(each) for each in described_settings()])
        else:
            typer.echo(settings_page(), nl=False)
        return
    from pipeline.cli.session import begin
    from pipeline.operations.effective_settings import effective_settings

    found = effective_settings(begin())
    if as_json:
        print_json({each.name: {"value": each.value, "from": each.origin, "variable": each.variable} for each in found})
        return
    made = table("setting", "value", "from")
    for each in found:
        value = each.value if isinstance(each.value, str) else json.dumps(each.value)
        made.add_row(each.name, value, each.origin)
    out = console()
    out.print(made)
    out.print(
        "The variable of a setting is NEPHORAN_ and its name in capitals, with __ for the dot: "
        f"{found[0].name} is {found[0].variable}."
    )
