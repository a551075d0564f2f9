"""Wishes on packages that are whole files in hand: the same packages as in Git, whatever carries them."""

from agents.adapters.git.apply_plan import require_creatable
from agents.adapters.git.blueprints import Blueprints, NoBlueprints
from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.packages import read_package, write_package
from agents.adapters.git.target_values import Held, resolve
from agents.adapters.porch.porch_api import Files
from schemas.intent import Action


def staged(wish: Wish, files: Files | None) -> Staged:
    """The package's files at their place."""
    return Staged(InMemoryFiles({f"{wish.place}/{path}": text.encode() for path, text in (files or {}).items()}))


def wished(wish: Wish, files: Files | None, namespace: str, blueprints: Blueprints = NoBlueprints()) -> Files | None:
    """The files once the wish is fulfilled, None where the package goes. Raises: Declined, Failed, BlueprintNeeded."""
    if wish.action is Action.DELETE:
        return None
    there = staged(wish, files)
    package = read_package(there, wish)
    if package is None:
        require_creatable(wish)
    values = dict(package.values) if package else {}
    before, what = dict(values), f"{wish.object.slug} at {wish.site}"
    for target in wish.targets:
        values[target.name] = resolve(target, values.get(target.name, Held()), what)
    if package is None or values != before:
        write_package(there, wish, values, namespace, blueprints)
    return {path.removeprefix(f"{wish.place}/"): _text(there.read(path)) for path in there.list(wish.place)}


def held(wish: Wish, files: Files | None) -> dict[str, Held]:
    """What the package holds of the wish's targets."""
    package = read_package(staged(wish, files), wish) if files else None
    return {name: package.values.get(name, Held()) for name in wish.names} if package else {}


def _text(content: bytes | None) -> str:
    return (content or b"").decode()
