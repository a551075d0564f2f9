"""`nephoran snapshot` and `restore`: everything in Kafka to files, and back into an empty cluster."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import FAILED, INTERRUPTED, say, stop_with
from pipeline.cli.options import AsJson
from pipeline.cli.printing import print_json

if TYPE_CHECKING:
    from pipeline.operations.snapshot_files import Manifest
    from pipeline.settings import Settings

TOLD_EVERY_RECORDS = 100_000


def snapshot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder to make, or an empty one.")],
    as_json: AsJson = False,
) -> None:
    """Write all topics and group offsets to files, as they are at one moment.

    Drains the pipeline first where workers are at work, and leaves it paused. Proposals may be waiting. Refuses where
    something is written meanwhile. The signing keys, the deployment repository and the knowledge base are not in it.

    Example: nephoran snapshot /backup/2026-11-29
    """
    from pipeline.cli.session import begin
    from pipeline.operations.snapshot import require_empty, take_snapshot

    settings = begin()
    require_empty(folder)
    told = 0

    def tell(records: int) -> None:
        nonlocal told
        if records - told >= TOLD_EVERY_RECORDS:
            told = records
            say(f"{records:,} records written")

    try:
        paused = asyncio.run(_drained(settings))
        manifest = take_snapshot(settings, folder, tell)
    except KeyboardInterrupt:
        say(f"No snapshot was made: delete {folder}. What was paused stays so: nephoran resume all")
        raise typer.Exit(INTERRUPTED) from None
    _print(manifest, folder, as_json)
    if manifest.headers_lost:
        say(
            f"{manifest.headers_lost:,} records have header names that are not UTF-8: they are kept without headers. "
            "Parse has made dead letters of them, or will."
        )
    if paused:
        say(f"Still paused, here and in what is restored from it: {', '.join(paused)}. Go on: nephoran resume all")


async def _drained(settings: "Settings") -> tuple[str, ...]:
    """The stages that are paused for it: none where no worker is at work, for then nothing moves anyway."""
    from pipeline.cli.drain import show_draining
    from pipeline.operations.drain import members_at_work
    from pipeline.operations.read_topics import require_reachable
    from schemas.topics import TOPICS

    await require_reachable(settings.kafka, TOPICS)
    if not await members_at_work(settings):
        say("No worker is at work: the snapshot is of what has been left, and what is unfinished goes on from there.")
        return ()
    return (await show_draining(settings, None, "snapshot")).paused


def restore(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="What `snapshot` has written.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a snapshot into a Kafka that holds nothing of ours: same records, places, times and group offsets.

    Reads everything back and compares it, the books too. Until that is done, no worker starts there. Workers and
    operators need the signing keys and the deployment repository of the pipeline that the snapshot is of.

    Example: nephoran restore /backup/2026-11-29
    """
    from pipeline.cli.session import begin
    from pipeline.operations.restore import require_restorable
    from pipeline.operations.restore import restore as do_it
    from pipeline.operations.snapshot_files import read_manifest

    settings = begin()
    manifest = read_manifest(folder)
    asyncio.run(require_restorable(settings, manifest))
    where = settings.kafka.bootstrap_servers
    say(
        f"A snapshot of {manifest.made_at:%Y-%m-%d %H:%M} UTC, with {manifest.records:,} records, for Kafka at {where}."
    )
    if not yes and not typer.confirm("Restore it there?", err=True):
        stop_with(FAILED, "nothing was restored")
    try:
        do_it(settings, manifest, folder)
    except KeyboardInterrupt:
        say("Broken off: no worker starts on what is there. Delete our topics, then restore again.")
        raise typer.Exit(INTERRUPTED) from None
    _print(manifest, folder, as_json)
    say("All was read back and is the same. Start the workers; stages that were paused are: nephoran resume all")


def _print(manifest: "Manifest", folder: Path, as_json: bool) -> None:
    from pipeline.cli.status_lines import books_line

    groups = len({part.group for part in manifest.groups})
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "made_at": manifest.made_at.isoformat(),
                "records": manifest.records,
                "partitions": len(manifest.partitions),
                "groups": groups,
                "books": manifest.books,
                "headers_lost": manifest.headers_lost,
            }
        )
        return
    partitions = len(manifest.partitions)
    say(f"{manifest.records:,} records of {partitions:,} partitions, and the offsets of {groups:,} groups: {folder}")
    say(books_line(manifest.books))
