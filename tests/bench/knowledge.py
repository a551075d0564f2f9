"""How long a search takes among 10,000 documents at 50 searches a second, embedded and on Weaviate.

`python -m tests.bench.knowledge [--seconds 60] [--smoke]`; writes docs/measurements.md.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np

from agents.adapters.onnx.encoder_files import encoder_files
from agents.adapters.onnx.onnx_embedder import OnnxEmbedder
from agents.adapters.sqlite_passage_store import SqlitePassageStore
from agents.adapters.weaviate.connection import WeaviateConnection
from agents.adapters.weaviate.settings import WeaviateSettings
from agents.adapters.weaviate.weaviate_passage_store import WeaviatePassageStore
from agents.knowledge.documents import load_documents
from agents.knowledge.settings import KnowledgeSettings
from agents.retrieval.knowledge_search import KnowledgeSearch
from agents.retrieval.passages import Passage, passage_of
from agents.retrieval.ports import Facts, PassageStore
from pipeline.local_kafka.distribution import cache_folder
from pipeline.operations.evaluate_knowledge import read_questions
from tests.bench.measurements import write_part
from tests.servers.weaviate_server import weaviate_for_tests

TITLE = "Searches of the knowledge base"
DOCUMENTS, PER_SECOND, WARM_UP_SECONDS = 10_000, 50, 5
Content = tuple[list[Passage], np.ndarray]
AIMS_MS = {"sqlite": (5, 20), "weaviate": (50, 200)}
"""The P99 that is aimed at, and the one that must hold."""


def passages(count: int, embedder: OnnxEmbedder) -> tuple[list[Passage], np.ndarray]:
    """The shipped documents, and others made of their words, with random vectors: what they say does not matter."""
    random = np.random.default_rng(7)
    shipped = [passage_of(each) for each in load_documents(KnowledgeSettings().folder)]
    words = sorted({word for each in shipped for word in each.text.split()})
    made = [
        Passage(f"made-{n}", " ".join(random.choice(words, 4)), f"Made, {n}", " ".join(random.choice(words, 120)))
        for n in range(count - len(shipped))
    ]
    vectors = random.standard_normal((count, 384), dtype=np.float32)
    vectors[: len(shipped)] = asyncio.run(embedder.embed_passages([each.meaning for each in shipped]))
    return shipped + made, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


async def fill(store: PassageStore, all_passages: list[Passage], vectors: np.ndarray, embedder: OnnxEmbedder) -> None:
    await store.set_facts(Facts("bench", embedder.name))
    for start in range(0, len(all_passages), 250):
        await store.put(all_passages[start : start + 250], list(vectors[start : start + 250]))


async def latencies(store: PassageStore, embedder: OnnxEmbedder, questions: list[str], seconds: float) -> list[float]:
    """Seconds from the moment a search was due to its answer, the vector of the question included; no cache."""
    base, found = KnowledgeSearch(store, embedder), list[float]()
    due = time.perf_counter()
    begin = due + WARM_UP_SECONDS

    async def ask(question: str, at: float) -> None:
        answer = await base.search(question, 10)
        assert answer.citations, question
        assert answer.degraded is None, answer.degraded
        if at >= begin:
            found.append(time.perf_counter() - at)

    tasks = []
    for number in range(int((WARM_UP_SECONDS + seconds) * PER_SECOND)):
        due += 1 / PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(questions[number % len(questions)], due)))
    await asyncio.gather(*tasks)
    return sorted(found)


async def measure(store: PassageStore, content: Content, embedder: OnnxEmbedder, seconds: float) -> str:
    """A line of the table."""
    questions = [each.question for each in read_questions(KnowledgeSettings().folder / "questions.jsonl")]
    await fill(store, *content, embedder)
    found = await latencies(store, embedder, questions, seconds)
    await store.close()
    half, most = (1_000 * found[int(len(found) * share)] for share in (0.5, 0.99))
    aim, limit = AIMS_MS[store.name]
    words = {True: "reached", False: "**missed**"}
    verdict = f"≤ {limit} ms: {words[most <= limit]}; aim {aim} ms: {words[most <= aim]}"
    return f"| {store.name} | {len(found):,} | {half:.1f} ms | {most:.1f} ms | {1_000 * found[-1]:.1f} ms | {verdict} |"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each store is measured")
    parser.add_argument("--smoke", action="store_true", help="show that it runs; the figures mean little")
    arguments = parser.parse_args()
    seconds, count = (3.0, 1_000) if arguments.smoke else (arguments.seconds, DOCUMENTS)
    embedder = OnnxEmbedder(lambda: encoder_files(cache_folder(), None, print))
    content = passages(count, embedder)
    lines = [
        f"{count:,} documents, {PER_SECOND} searches a second by words and vectors (384 dimensions), from the moment a "
        "search is due to its answer; the question's vector by the on-board embedder in the same process; no cache.",
        "",
        "| store | searches | P50 | P99 | largest | P99 wanted |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = SqlitePassageStore.at(Path(folder) / "knowledge.sqlite")
        lines.append(asyncio.run(measure(store, content, embedder, seconds)))
        print(lines[-1], flush=True)
    with weaviate_for_tests() as address:
        settings = WeaviateSettings(url=address.url, grpc_address=address.grpc_address)
        weaviate = WeaviatePassageStore(WeaviateConnection(settings), "BenchKnowledge")
        lines.append(asyncio.run(measure(weaviate, content, embedder, seconds)))
        print(lines[-1], flush=True)
    if not arguments.smoke:
        write_part(TITLE, "make bench-knowledge", lines)


if __name__ == "__main__":
    main()
