"""The order of a plan's steps: whatever fails, the steps before it leave the service no worse."""

from agents.planning.target_changes import Wish
from agents.planning.templates import Templates
from schemas.intent import Action

_RANK = {
    Action.DEPLOY: 0,
    Action.SCALE: 1,
    Action.UPGRADE: 2,
    Action.CONFIGURE: 3,
    Action.ENSURE: 3,
    Action.DELETE: 5,
}
_REDUCING_RANK = 4


def in_order(wishes: tuple[Wish, ...], templates: Templates) -> tuple[Wish, ...]:
    """Creating, growing, upgrading, setting, shrinking, deleting.

    New capacity comes before anything existing is touched; an upgrade has the grown capacity to fall back on;
    parameters meet the version they are meant for; what is taken away goes last, since it is the hardest to undo. Among
    equals what carries others comes first (clusters, core, RICs, RAN, slices), for a deletion last; then the order of
    the request, then the site.
    """
    return tuple(sorted(wishes, key=lambda wish: _key(wish, templates)))


def _key(wish: Wish, templates: Templates) -> tuple[int, int, int, str, str, str]:
    depth = templates.rank_of(wish.object.type)
    is_deletion = wish.action == Action.DELETE
    rank = _REDUCING_RANK if wish.reduces and not is_deletion else _RANK[wish.action]
    return rank, -depth if is_deletion else depth, wish.place, wish.site, wish.object.slug, wish.name
