"""What people have changed in a package since the last intent, compared with the ledger, which says how each head left
it.

An older intent never undoes their changes. A newer one starts from what is there, and says so.
"""

from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import ObjectLedger, read_object
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.packages import Package
from agents.adapters.git.target_values import NOTHING, Held
from agents.domain.verdicts import Declined
from schemas.envelope import Intent
from schemas.intent import Action
from schemas.reasons import DeclineReason


def changed_by_people(files: Staged, wish: Wish, package: Package | None) -> dict[str, Held]:
    """What is there for each target name of the wish that is not as the ledger's head left it."""
    ledger = read_object(files, wish)
    there = dict(package.values) if package else {}
    names = there.keys() | ledger.names.keys() if wish.action is Action.DELETE else set(wish.names)
    return {name: there.get(name, NOTHING) for name in sorted(names) if there.get(name, NOTHING) != _left(ledger, name)}


def require_newer_than_people(
    files: Staged, intent: Intent, wish: Wish, package: Package | None, what: str
) -> dict[str, Held]:
    """What people changed. Raises: Declined `conflict` where they did so after the intent was made.

    Where the history does not say when they did, only a replay counts as older.
    """
    found = changed_by_people(files, wish, package)
    existed = _existed(read_object(files, wish))
    is_made_or_removed = existed is not None and existed != (package is not None)
    if not found and not is_made_or_removed:
        return found
    changed_ms = files.changed_by_people_ms(wish.place)
    is_older = intent.order.append_ms < changed_ms if changed_ms is not None else intent.generation > 0
    if is_older:
        told = [f"{name} is {held} there" for name, held in found.items()] or [
            "it was made by hand" if package else "it was removed by hand"
        ]
        raise Declined(
            DeclineReason.CONFLICT,
            f"people have changed {what} in the deployment repository since this intent was made: {'; '.join(told)}. "
            "Nothing was changed",
            "Is it still wanted? Then send it again.",
        )
    return found


def _left(ledger: ObjectLedger, name: str) -> Held:
    head = ledger.names.get(name)
    return Held.model_validate(head.after) if head else NOTHING


def _existed(ledger: ObjectLedger) -> bool | None:
    return bool(ledger.existence.after.get("exists")) if ledger.existence else None
