"""`nephoran knowledge`: what the system knows, loaded, searched and maintained."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from pipeline.cli.exits import FAILED, say
from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, one_line, print_json, printable, table

if TYPE_CHECKING:
    from pipeline.runtime.knowledge_base import Knowledge

T = TypeVar("T")
app = typer.Typer(
    name="knowledge",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Manage the knowledge base, and search it.",
)
_COPY_NAME = typer.Argument(help="Of the copy: lower-case letters, digits, - and _.", metavar="NAME")


@app.command()
def load(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, help="Files and folders: Markdown, text, HTML, PDF.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load documents: what is new or changed, not what is already there.

    What lay under these paths and is gone leaves the knowledge base. Without paths, and into an empty knowledge base,
    the documents of the knowledge pack are loaded. The same command resumes a load that was interrupted. Exit 1
    where a file could not be read; the others are loaded.
    """
    from pipeline.operations.load_knowledge import load as load_documents

    async def work(knowledge: "Knowledge") -> Any:
        with _progress("loading") as progress:
            return await load_documents(knowledge, paths or (), progress)

    loaded = _run(work)
    for fault in loaded.faults:
        say(f"not loaded: {printable(fault)}")
    if as_json:
        print_json(asdict(loaded))
    else:
        counts = (f"{getattr(loaded, name)} {name}" for name in ("added", "changed", "unchanged", "removed"))
        console().print(f"documents: {', '.join(counts)}; {loaded.passages} passages written")
    if loaded.faults:
        raise typer.Exit(FAILED)


@app.command()
def search(
    text: Annotated[list[str], typer.Argument(help="What to look for, in any words.", metavar="TEXT")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="The most documents to print.")] = 5,
    ranking: Annotated[str, typer.Option(help="keywords, vectors or hybrid.")] = "hybrid",
    precedents: Annotated[bool, typer.Option("--precedents", help="Search earlier intents instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search the knowledge base, best first.

    With --json a list of {document, source, excerpt, score}. Standard error says if the search may have found
    less than there is.
    """
    from agents.domain.ports import Found, Ranking
    from pipeline.cli.options import require_known
    from pipeline.operations.load_knowledge import require_loaded

    require_known("ranking", ranking, list(Ranking))

    async def work(knowledge: "Knowledge") -> Found:
        if not precedents:
            await require_loaded(knowledge)
        elif not knowledge.settings.weaviate.is_configured and not knowledge.file("precedents").exists():
            return Found()
        base = knowledge.precedents if precedents else knowledge.documents
        found = await base.search(" ".join(text), limit, Ranking(ranking))
        if knowledge.embedder is None:
            knowledge.report("no embedder is set: only keywords were searched (pip install 'nephoran[embeddings]')")
        return found

    found = _run(work)
    if found.degraded:
        say(f"degraded: {found.degraded}")
    if as_json:
        print_json([each.model_dump(include={"document", "source", "excerpt", "score"}) for each in found.citations])
        return
    for each in found.citations:
        console().print(f"{each.score:.2f}  {printable(each.document)}  {printable(each.source)}", soft_wrap=True)
        console().print(f"      {one_line(each.excerpt)}", style="dim", soft_wrap=True)


@app.command()
def stats(as_json: AsJson = False) -> None:
    """Print what the knowledge base holds, and which embedder made its vectors."""
    from pipeline.operations.load_knowledge import holdings

    found = _run(holdings)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    made = table("store", "documents", "passages", "unfinished", "vectors")
    for each in found:
        made.add_row(
            each.store, str(each.documents), str(each.passages), str(each.unfinished), each.embedder or "none: keywords"
        )
    console().print(made)


@app.command()
def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Questions, one JSON object a line; the pack's by default.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score retrieval: keywords, vectors and hybrid side by side.

    A line holds question, documents (any of which answers it), kind (named, paraphrased) and is_held_out. Exit 1 where
    hybrid retrieval misses its aims.
    """
    from agents.domain.ports import Ranking
    from pipeline.operations.evaluate_knowledge import ask, read_questions, report_on
    from pipeline.operations.load_knowledge import require_loaded

    async def work(knowledge: "Knowledge") -> dict[str, Any]:
        questions = list(read_questions(file or knowledge.settings.knowledge.folder / "questions.jsonl"))
        await require_loaded(knowledge)
        rankings = list(Ranking) if knowledge.embedder else [Ranking.KEYWORDS]
        return report_on([each async for each in ask(knowledge.documents, questions, rankings)])

    report = _run(work)
    if as_json:
        print_json(report)
    else:
        _print_scores(report)
    if report["missed_aims"]:
        raise typer.Exit(FAILED)


def _print_scores(report: dict[str, Any]) -> None:
    out, made = console(), table("questions", "of", "ranking", "count", "recall@5", "MRR")
    for each in report["scores"]:
        figures = (str(each["questions"]), f"{each['recall_at_5']:.3f}", f"{each['mrr']:.3f}")
        made.add_row(each["kind"], each["of"], str(each["ranking"]), *figures)
    out.print(made)
    for miss in report["misses"]:
        wanted, found = " or ".join(miss["wanted"]), ", ".join(miss["found"])
        out.print(f"missed: {printable(miss['question'])}: {wanted}; found {found}", style="yellow", soft_wrap=True)
    for aim in report["missed_aims"]:
        out.print(f"aim missed: {aim}", style="red")


@app.command()
def backup(name: Annotated[str | None, _COPY_NAME] = None) -> None:
    """Copy the knowledge base: documents and precedents. Without a name the copy is called by the time.

    Weaviate copies to the place that its backup module is set to, the embedded one to a folder beside its file.
    """
    copy = _copy_name(name or datetime.now(UTC).strftime("%Y%m%d-%H%M%S"))

    async def work(knowledge: "Knowledge") -> list[str]:
        return [await keeper.back_up(copy) for keeper in _keepers(knowledge)]

    for place in _run(work):
        console().print(f"{copy}: {place}", soft_wrap=True)


@app.command()
def restore(
    name: Annotated[str, _COPY_NAME],
    replace: Annotated[bool, typer.Option("--replace", help="Replace what is there.")] = False,
) -> None:
    """Restore a copy, aliases included. Refuses to replace anything without --replace."""
    copy = _copy_name(name)

    async def work(knowledge: "Knowledge") -> None:
        for keeper in _keepers(knowledge):
            await keeper.restore(copy, may_replace=replace)

    _run(work)
    console().print(f"{copy} is restored; workers find it within seconds")


@app.command()
def migrate(
    back: Annotated[bool, typer.Option("--back", help="Go back to what was in use before.")] = False,
) -> None:
    """Rebuild the knowledge base next to the current one, compare them, and switch.

    To the present schema and the embedder that is set. If anything fails, the old one stays in use; it is kept, and
    --back returns to it.
    """

    async def work(knowledge: "Knowledge") -> None:
        embedder = knowledge.embedder
        for keeper in _keepers(knowledge):
            with _progress("migrating") as progress:
                each = await (keeper.go_back() if back else keeper.migrate(embedder, progress))
            console().print(f"{each.serving} serves {each.passages} passages; before it was {each.before}")

    _run(work)


@app.command()
def learn() -> None:
    """Store what became of earlier intents, from `intents.status`, as precedents for future goals.

    Run it now and then, as by cron: nothing is stored twice.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.learn_precedents import learn as learn_precedents

    console().print(f"{_run(lambda knowledge: learn_precedents(begin(), knowledge))} intents learned")


@app.command()
def serve() -> None:
    """Answer searches over HTTP until stopped: POST /v1/search and POST /admin/cache/clear, with bearer tokens.

    NEPHORAN_SEARCH_API__TOKENS lists the tokens, with the scopes read and operate. Also /healthz and /metrics.
    """
    from pipeline.cli.session import begin
    from pipeline.kafka.not_usable import NotPossible
    from pipeline.operations.load_knowledge import forget_caches
    from pipeline.operations.search_api import search_app
    from pipeline.telemetry.http import HttpServer

    async def work(knowledge: "Knowledge") -> None:
        settings = begin().search_api
        if not settings.tokens:
            raise NotPossible("NEPHORAN_SEARCH_API__TOKENS is empty: nobody could search; set a token of 16 characters")
        api = search_app(settings, knowledge.documents, lambda: forget_caches(knowledge), knowledge.metrics)
        server = HttpServer(api, settings.host, settings.port)
        await server.start()
        say(f"listening on http://{settings.host}:{server.port}")
        try:
            await asyncio.Event().wait()
        finally:
            await server.stop()

    _run(work, is_patient=False)


@app.command(name="clear-cache")
def clear_cache() -> None:
    """Empty the caches of answers: Redis at once, those of running processes within seconds."""
    from pipeline.operations.load_knowledge import forget_caches

    _run(forget_caches)
    console().print("the caches are empty")


def _keepers(knowledge: "Knowledge") -> Iterator[Any]:
    """Of documents, and of precedents where there are any."""
    is_weaviate = knowledge.settings.weaviate.is_configured
    yield knowledge.keeper("documents")
    if is_weaviate or knowledge.file("precedents").exists():
        yield knowledge.keeper("precedents")


def _copy_name(name: str) -> str:
    from re import fullmatch

    if not fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", name):
        raise typer.BadParameter(f"{name!r}: take lower-case letters, digits, - and _")
    return name


def _run(work: "Callable[[Knowledge], Awaitable[T]]", *, is_patient: bool = True) -> T:
    """Raises: what the work raises."""
    import os

    from pipeline.cli.session import begin
    from pipeline.runtime.knowledge_base import Knowledge

    knowledge = Knowledge(begin(), report=say, threads=os.cpu_count(), is_patient=is_patient)

    async def run() -> T:
        try:
            return await work(knowledge)
        finally:
            await knowledge.close()

    return asyncio.run(run())


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
