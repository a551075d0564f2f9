"""Values of a proposed plan that its approver corrects: from then on they rest on the approver."""

from collections.abc import Sequence

from schemas.bodies import Edit, Ground, IntentPlanned, Origin
from schemas.intent import Expectation, Target


class NoSuchValue(ValueError):
    """A correction of something that the plan does not set; the message tells what it sets."""


def corrected(planned: IntentPlanned, edits: Sequence[Edit], by: str) -> IntentPlanned:
    """The same plan with these values, its steps and digest still to be recomputed. Raises: NoSuchValue."""
    expectations, grounds = list(planned.expectations), list(planned.plan.grounds)
    told = []
    for edit in edits:
        place = _apart(expectations, grounds, edit)
        chosen = expectations[place]
        targets = tuple(_set(target, edit) if target.name == edit.name else target for target in chosen.targets)
        expectations[place] = chosen.model_copy(update={"targets": targets})
        grounds = [each for each in grounds if (each.expectation, each.target) != (place, edit.name)]
        words = f"{edit.name} {edit.value} of {edit.object} at {edit.site}"
        origin = Origin(kind="approver", place=by, quote=words, value=edit.value)
        grounds.append(Ground(expectation=place, target=edit.name, origins=(origin,)))
        told.append(f"{by} corrected it to {words}")
    return planned.model_copy(
        update={
            "expectations": tuple(expectations),
            "to_confirm": (*planned.to_confirm, *told),
            "plan": planned.plan.model_copy(update={"grounds": tuple(grounds)}),
        }
    )


def _apart(expectations: list[Expectation], grounds: list[Ground], edit: Edit) -> int:
    """The place of the one expectation with the value; parted from those for other sites, which keep theirs."""
    places = [place for place, each in enumerate(expectations) if _sets(each, edit)]
    if len(places) != 1:
        raise NoSuchValue(_unknown(expectations, edit))
    [place] = places
    thing = expectations[place].object
    if len(thing.sites) == 1:
        return place
    others = tuple(site for site in thing.sites if site != edit.site)
    here = thing.model_copy(update={"sites": (edit.site,)})
    expectations.append(expectations[place].model_copy(update={"object": here}))
    expectations[place] = expectations[place].model_copy(update={"object": thing.model_copy(update={"sites": others})})
    moved = len(expectations) - 1
    grounds += [each.model_copy(update={"expectation": moved}) for each in grounds if each.expectation == place]
    return moved


def _sets(expectation: Expectation, edit: Edit) -> bool:
    thing = expectation.object
    is_there = edit.site in thing.sites and thing.slug == edit.object
    return is_there and [target.name for target in expectation.targets].count(edit.name) == 1


def _set(target: Target, edit: Edit) -> Target:
    if isinstance(target.value, str) != isinstance(edit.value, str):
        raise NoSuchValue(f"{edit.name} is {'a text' if isinstance(target.value, str) else 'a number'}")
    return target.model_copy(update={"value": edit.value})


def _unknown(expectations: Sequence[Expectation], edit: Edit) -> str:
    there = [
        f"{site}/{each.object.slug}.{target.name}"
        for each in expectations
        for site in each.object.sites
        for target in each.targets
    ]
    return f"the plan sets no one value {edit.site}/{edit.object}.{edit.name}; it sets {', '.join(there) or 'none'}"
