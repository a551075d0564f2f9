"""Provisioning requests for clusters at a site (O2 IMS infrastructure provisioning)."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from agents.planning.plain_numbers import plain
from agents.planning.target_changes import Wish
from agents.planning.templates import Templates
from schemas.intent import Action


def request_of(wish: Wish, templates: Templates) -> dict[str, Any]:
    """The request, as plain data in the field names of the interface.

    Its id follows from site and name, so that asking again changes the same cluster. What it does not name stays as
    the request holds it already: the template of a cluster that is only scaled, objectives of other names.
    """
    cluster = wish.object.slug
    return {
        "provisioningRequestId": str(uuid5(NAMESPACE_URL, f"o2ims:{wish.site}/{cluster}")),
        "name": f"{wish.site}-{cluster}",
        "description": f"Cluster {cluster} at {wish.site}",
        **_template(wish, templates),
        "templateParameters": {
            "oCloudSiteId": wish.site,
            "nodeClusterName": f"{wish.site}-{cluster}",
            "objectives": [
                {"name": target.name, "condition": str(target.condition), "value": plain(target.value)}
                for target in wish.targets
                if target.name != "version"
            ],
        },
    }


def _template(wish: Wish, templates: Templates) -> dict[str, Any]:
    """The template and its version: for a new cluster the operator's, for an upgrade the version that is wished."""
    version = next((target.value for target in wish.targets if target.name == "version"), None)
    if version is None and wish.action != Action.DEPLOY:
        return {}
    return {
        "templateName": templates.cluster.template_name,
        "templateVersion": version or templates.cluster.template_version,
    }
