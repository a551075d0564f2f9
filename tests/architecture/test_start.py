"""What a command does not need, it does not import: `explain` answers within a second."""

import subprocess
import sys

LIBRARIES = {"pygit2", "faust", "openai", "weaviate", "kubernetes_asyncio", "ncclient", "httpx"}


def test_the_wiring_imports_no_library_of_an_adapter_before_it_is_needed() -> None:
    wiring = "import sys, pipeline.app; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", wiring], capture_output=True, text=True, check=True)

    assert LIBRARIES.isdisjoint(imported.stdout.split())
