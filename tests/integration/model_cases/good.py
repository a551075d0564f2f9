"""Requests that hold a word which the lexicon does not know, with the answer of a model that got them right."""

from tests.integration.model_cases.answers import Answer, answer, expectation

_URLLC = {"sst": 2, "sd": None}


def _good(request: str, verbs: list[str], *expectations: dict[str, object]) -> tuple[str, Answer]:
    return request, answer(request, verbs, *expectations)


GOOD = [
    _good(
        "Crank the AMF in tokyo-1 to 5 replicas.",
        ["Crank"],
        expectation("scale", "amf", ["tokyo-1"], ("replicas", "equals", 5, "count")),
    ),
    _good(
        "Please rightsize the SMF in osaka-1 to at least 4 replicas.",
        ["rightsize"],
        expectation("scale", "smf", ["osaka-1"], ("replicas", "at_least", 4, "count")),
    ),
    _good(
        "Peg the latency of the URLLC slice in nagoya-1 below 0.005 s.",
        ["Peg"],
        expectation("ensure", "slice", ["nagoya-1"], ("latency", "at_most", 5, "ms"), slice=_URLLC),
    ),
    _good(
        "Jam the transmit power of RU 4 in manchester-1 to 43 dBm.",
        ["Jam"],
        expectation("configure", "ru", ["manchester-1"], ("tx_power", "equals", 43, "dBm"), name="ru-4"),
    ),
    _good(
        "Hoist the UPF in both Tokyo sites to 6 replicas and the SMF in osaka-1 to 3 replicas.",
        ["Hoist"],
        expectation("scale", "upf", ["tokyo-1", "tokyo-2"], ("replicas", "equals", 6, "count")),
        expectation("scale", "smf", ["osaka-1"], ("replicas", "equals", 3, "count")),
    ),
    _good(
        "Rightsize the UPF in Germany to 3 to 6 replicas.",
        ["Rightsize"],
        expectation(
            "scale",
            "upf",
            ["frankfurt-1", "munich-1"],
            ("replicas", "at_least", 3, "count"),
            ("replicas", "at_most", 6, "count"),
        ),
    ),
    _good(
        "Could you shepherd the SMF in munich-1 to version 2.4.1?",
        ["shepherd"],
        expectation("upgrade", "smf", ["munich-1"], ("version", "equals", "2.4.1", "")),
    ),
    _good(
        "Jolt the UPF in dallas-1 to 16 cores and 64 GB of memory.",
        ["Jolt"],
        expectation("scale", "upf", ["dallas-1"], ("cpu", "equals", 16, "cores"), ("memory", "equals", 64, "GiB")),
    ),
    _good(
        "The night shift had trouble. Hoist the AMF in Germany to 4 replicas. Delete the NEF in osaka-1.",
        ["Hoist"],
        expectation("scale", "amf", ["frankfurt-1", "munich-1"], ("replicas", "equals", 4, "count")),
        expectation("delete", "nef", ["osaka-1"]),
    ),
]
