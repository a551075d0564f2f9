"""Which dialect an endpoint speaks: as set, or found out by asking."""

from collections.abc import Mapping

from agents.adapters.a1.near_rt_ric import NearRtRic
from agents.adapters.a1.policy_management_service import ROOT, PolicyManagementService
from agents.adapters.a1.policy_service import PolicyService
from agents.adapters.a1.settings import A1EndpointSettings, Dialect
from agents.adapters.rest.rest_endpoint import RestEndpoint
from agents.domain.verdicts import Retryable

_STANDARD_ROOT = "/A1-P/v2"
_SIMULATOR_ROOT = "/a1-p"


async def open_policy_service(
    endpoint: RestEndpoint, settings: A1EndpointSettings, numbers: Mapping[str, int]
) -> PolicyService:
    """The service behind the endpoint. Raises: Retryable where its dialect cannot be determined."""
    dialect = settings.dialect if settings.dialect is not Dialect.AUTO else await _find_out(endpoint)
    match dialect:
        case Dialect.STANDARD:
            return NearRtRic(endpoint, _STANDARD_ROOT, None)
        case Dialect.MEDIATOR:
            return NearRtRic(endpoint, _STANDARD_ROOT, numbers)
        case Dialect.SIMULATOR:
            return NearRtRic(endpoint, _SIMULATOR_ROOT, numbers)
        case _:
            return PolicyManagementService(endpoint, _ric(endpoint, settings))


async def _find_out(endpoint: RestEndpoint) -> Dialect:
    types = await endpoint.request("GET", f"{_STANDARD_ROOT}/policytypes")
    if types.status == 200 and isinstance(types.body, list):
        if types.body:
            return Dialect.MEDIATOR if all(isinstance(each, int) for each in types.body) else Dialect.STANDARD
        health = await endpoint.request("GET", f"{_STANDARD_ROOT}/healthcheck")
        return Dialect.MEDIATOR if health.status == 200 else Dialect.STANDARD
    if (await endpoint.request("GET", f"{_SIMULATOR_ROOT}/policytypes")).status == 200:
        return Dialect.SIMULATOR
    if (await endpoint.request("GET", f"{ROOT}/policy-types")).status == 200:
        return Dialect.MANAGEMENT
    raise Retryable(
        f"{endpoint.dependency} speaks none of the A1 dialects known here: is its url right?",
        dependency=endpoint.dependency,
    )


def _ric(endpoint: RestEndpoint, settings: A1EndpointSettings) -> str:
    if settings.ric is None:
        message = f"{endpoint.dependency} is a policy management service: set the ric that it serves the site with"
        raise Retryable(message, dependency=endpoint.dependency)
    return settings.ric
