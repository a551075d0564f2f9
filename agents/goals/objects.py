"""The object of a model's expectation → whether request, passages and present state speak of it, and of these sites."""

from collections.abc import Iterator, Sequence

from agents.goals.answer_shape import ClaimedExpectation, ClaimedObject
from agents.goals.faults import Fault, NotBelieved
from agents.goals.sources import Case
from agents.knowledge.pack import Inventory
from agents.understanding.mentions import Mentions, Thing
from schemas.intent import Action, IntentObject, ObjectType, SliceId

_SD_DIGITS = frozenset("0123456789abcdef")


def object_of(claim: ClaimedObject) -> IntentObject:
    """The object in the terms of an intent, sites in order. Raises: NotBelieved where there can be no such object."""
    identity = claim.slice
    if identity is not None:
        sd = identity.sd
        if not 0 <= identity.sst <= 255 or (sd is not None and (len(sd) != 6 or not set(sd) <= _SD_DIGITS)):
            raise NotBelieved(Fault.MALFORMED, f"slice {identity.sst}-{sd}")
    slice_id = SliceId(sst=identity.sst, sd=identity.sd) if identity else None
    return IntentObject(type=claim.type, name=claim.name, sites=tuple(sorted(set(claim.sites))), slice=slice_id)


def require_meant(thing: IntentObject, request: Mentions, grounds: Sequence[Mentions], case: Case) -> None:
    """Passes an object that the request names, or that its grounds speak of; its name and slice likewise.

    Raises: NotBelieved.
    """
    named = [*request.things, *(each for ground in grounds for each in ground.things)]
    if not any(thing.type in each.types for each in named) and not _stands(thing, case):
        raise NotBelieved(Fault.OBJECT_NOT_NAMED, f"a {thing.type}")
    names = {name for each in request.things for name in each.names if thing.type in each.types}
    standing = {each.object for each in case.states or () if each.type is thing.type}
    if thing.name is not None and thing.name not in names | standing:
        raise NotBelieved(Fault.OBJECT_NOT_NAMED, thing.name[:60])
    slices = {each.slice for each in named if each.slice is not None}
    if thing.slice is not None and thing.slice not in slices and not _stands(thing, case):
        raise NotBelieved(Fault.OBJECT_NOT_NAMED, f"slice {thing.slice}")


def _stands(thing: IntentObject, case: Case) -> bool:
    return any(case.state_of(site, thing.slug) is not None for site in thing.sites)


def is_named(thing: IntentObject, request: Mentions) -> bool:
    """True where the request itself names such an object."""
    return any(thing.type in each.types for each in request.things)


def require_sites(thing: IntentObject, request: Mentions, grounds: Sequence[Mentions], inventory: Inventory) -> None:
    """Passes sites of the inventory that the request names; where it leaves open which, that its grounds name.

    Raises: NotBelieved.
    """
    if not thing.sites:
        raise NotBelieved(Fault.SITE_NOT_NAMED, "none is given")
    grounded = {site for ground in grounds for site in ground.sites}
    for site in thing.sites:
        if site not in inventory.sites:
            raise NotBelieved(Fault.SITE_NOT_NAMED, f"there is no {site[:60]}")
        holding = [place for place in request.places if site in place.sites]
        is_certain = any(not place.is_open or set(place.sites) <= set(thing.sites) for place in holding)
        may_be_grounded = bool(holding) or not request.places
        if not is_certain and not (may_be_grounded and site in grounded):
            raise NotBelieved(Fault.SITE_NOT_NAMED, site)


def chosen_sites(thing: IntentObject, request: Mentions) -> tuple[str, ...]:
    """The sites that the request does not name by themselves: choosing them is the model's."""
    certain = {site for place in request.places if not place.is_open for site in place.sites}
    return tuple(site for site in thing.sites if site not in certain)


def require_existence(claim: ClaimedExpectation, thing: IntentObject, case: Case) -> None:
    """What is created is not there yet, what is changed is: as far as it is known. Raises: NotBelieved."""
    if case.states is None:
        return
    for site in thing.sites:
        is_there = case.state_of(site, thing.slug) is not None
        if claim.action is Action.DEPLOY and is_there:
            raise NotBelieved(Fault.ALREADY_THERE, f"{thing.slug} at {site}")
        if claim.action in (Action.SCALE, Action.UPGRADE, Action.DELETE) and not is_there:
            raise NotBelieved(Fault.NOT_THERE, f"{thing.slug} at {site}")


def left_out(request: Mentions, objects: Sequence[IntentObject]) -> Iterator[str]:
    """The places and objects of the request that no expectation is about."""
    reached = {site for each in objects for site in each.sites}
    for place in request.places:
        if not (reached & set(place.sites) if place.is_open else set(place.sites) <= reached):
            yield request.of(place)
    for thing in request.things:
        if not any(_is_about(each, thing) for each in objects):
            yield request.of(thing)


def _is_about(thing: IntentObject, named: Thing) -> bool:
    is_of_slice = named.slice is None or thing.slice == named.slice
    if named.types == (ObjectType.SLICE,) and named.slice is not None:
        return thing.slice == named.slice
    return thing.type in named.types and is_of_slice and (not named.names or thing.name in named.names)
