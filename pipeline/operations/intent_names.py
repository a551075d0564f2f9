"""Which intent people mean by a name: its own id, or its producer's, which two sources may share."""

from collections.abc import Mapping

from pipeline.kafka.not_usable import NotPossible


def is_producers_name(producer_id: str | None, name: str) -> bool:
    """Whether `producer_id` (`source#id`) is what `name` means, in full or by the id alone."""
    return producer_id is not None and (producer_id == name or producer_id.endswith(f"#{name}"))


def the_only(name: str, producer_ids: Mapping[str, str | None]) -> str | None:
    """The id of the one intent that `name` means, None where it means none of these (producers' ids by intent id).

    An intent's own id means that intent, whatever producers call theirs. Raises: NotPossible where several may be
    meant.
    """
    if name in producer_ids:
        return name
    meant = sorted(
        (producer_id, intent_id)
        for intent_id, producer_id in producer_ids.items()
        if producer_id is not None and is_producers_name(producer_id, name)
    )
    if len(meant) > 1:
        candidates = "".join(f"\n  {intent_id}  which its producer calls {full!r}" for full, intent_id in meant)
        raise NotPossible(
            f"{name!r} may mean any of {len(meant)} intents, and nothing was done. Which one? Name it by its intent id:"
            + candidates
        )
    return meant[0][1] if meant else None
