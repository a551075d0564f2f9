"""Goals, each with a plan that holds on what `world` knows."""

from agents.goals.answer_shape import ModelPlan
from tests.unit.goals.answers import expect, known, plan, said, target, there

UPF_CARRIES = known("upf-capacity", "One UPF replica carries 20,000 subscribers")
PER_UPF = known("upf-capacity", "20,000 subscribers", 20_000)
HIGHLY_AVAILABLE = known("amf-availability", "An AMF that is highly available has at least three replicas")
THREE = known("amf-availability", "at least three replicas", 3)
URLLC = known("urllc-target", "A URLLC slice is kept at a latency of 5 ms")
SESSIONS = known("busy-hour", "a subscriber holds 1.5 sessions, and the SMF keeps them")
MATCH = known("match-day", "a UPF near a stadium carries 8 Gbps of downlink")
EMBB = known("embb-target", "An eMBB slice gets 100 Mbps of uplink")
UDM = known("udm-capacity", "A UDM replica answers for 500,000 subscribers")

ON_ITS_OWN = (
    "Plonk 3 UPFs down in newyork-1.",
    plan(
        expect(
            "deploy",
            "upf",
            "newyork-1",
            said("Plonk 3 UPFs down in newyork-1"),
            target("replicas", "equals", 3, said("3 UPFs", 3)),
        )
    ),
)
"""Rests on the request alone, whatever is known besides."""

GOOD: tuple[tuple[str, ModelPlan], ...] = (
    (
        "Prepare Osaka for the marathon: 40,000 more subscribers on Sunday.",
        plan(
            expect(
                "scale",
                "upf",
                "osaka-1",
                said("Prepare Osaka"),
                UPF_CARRIES,
                target("replicas", "increase_by", 2, said("40,000 more subscribers", 40_000), PER_UPF, by="a / b"),
            )
        ),
    ),
    (
        "Get osaka-1 ready for the concert, we expect 30,000 additional subscribers.",
        plan(
            expect(
                "scale",
                "upf",
                "osaka-1",
                said("Get osaka-1 ready"),
                said("we expect"),
                UPF_CARRIES,
                target("max_subscribers", "increase_by", 30_000, said("30,000 additional subscribers", 30_000)),
            )
        ),
    ),
    (
        "Osaka has to cope with 50,000 more subscribers during the festival.",
        plan(
            expect(
                "scale",
                "upf",
                "osaka-1",
                said("Osaka has to cope"),
                UPF_CARRIES,
                target(
                    "replicas", "increase_by", 3, said("50,000 more subscribers", 50_000), PER_UPF, by="ceil(a / b)"
                ),
            )
        ),
    ),
    (
        "The URLLC slice in Nagoya misses its target, do something about it.",
        plan(
            expect(
                "ensure",
                "slice",
                "nagoya-1",
                said("The URLLC slice in Nagoya misses its target"),
                said("do"),
                URLLC,
                target("latency", "at_most", 5, known("urllc-target", "a latency of 5 ms", 5)),
                sst=2,
            )
        ),
    ),
    (
        "The URLLC slice in nagoya-1 does not meet its target; put that right.",
        plan(
            expect(
                "ensure",
                "slice",
                "nagoya-1",
                said("The URLLC slice in nagoya-1"),
                said("put that right"),
                URLLC,
                target("jitter", "at_most", 1, known("urllc-target", "a jitter of 1 ms", 1)),
                target("availability", "at_least", 99.99, known("urllc-target", "an availability of 99.99 %", 99.99)),
                sst=2,
            )
        ),
    ),
    (
        "Deploy a highly available AMF in Tokyo.",
        plan(
            expect(
                "deploy",
                "amf",
                "tokyo-2",
                said("Deploy a highly available AMF in Tokyo"),
                HIGHLY_AVAILABLE,
                there("tokyo-2/upf"),
                target("replicas", "at_least", 3, THREE),
            )
        ),
    ),
    (
        "Deploy a highly available AMF in Sapporo.",
        plan(
            expect(
                "deploy",
                "amf",
                "sapporo-1",
                said("Deploy a highly available AMF in Sapporo"),
                HIGHLY_AVAILABLE,
                target("replicas", "at_least", 3, THREE),
            )
        ),
    ),
    (
        "Make the AMF in Osaka highly available.",
        plan(
            expect(
                "scale",
                "amf",
                "osaka-1",
                said("Make the AMF in Osaka highly available"),
                HIGHLY_AVAILABLE,
                target("replicas", "at_least", 3, THREE),
            )
        ),
    ),
    (
        "Beef up the AMF in osaka-1 so that it is highly available.",
        plan(
            expect(
                "scale",
                "amf",
                "osaka-1",
                said("Beef up the AMF in osaka-1"),
                HIGHLY_AVAILABLE,
                target("replicas", "at_least", 3, THREE),
            )
        ),
    ),
    (
        "Crank the AMF in tokyo-1 to 5 replicas.",
        plan(
            expect(
                "scale",
                "amf",
                "tokyo-1",
                said("Crank the AMF in tokyo-1 to 5 replicas"),
                target("replicas", "equals", 5, said("5 replicas", 5)),
            )
        ),
    ),
    (
        "Yank the AMF in dallas-1 up to 4 replicas, pretty please.",
        plan(
            expect(
                "scale",
                "amf",
                "dallas-1",
                said("Yank the AMF in dallas-1 up to 4 replicas"),
                target("replicas", "equals", 4, said("4 replicas", 4)),
            )
        ),
    ),
    (
        "Kick the UPF in sapporo-1 to 4 instances.",
        plan(
            expect(
                "scale",
                "upf",
                "sapporo-1",
                said("Kick the UPF in sapporo-1 to 4 instances"),
                target("replicas", "equals", 4, said("4 instances", 4)),
            )
        ),
    ),
    (
        "Munich copes with the football final: 10 Gbps of downlink are expected on match day.",
        plan(
            expect(
                "scale",
                "upf",
                "munich-1",
                said("Munich copes with the football final"),
                MATCH,
                said("are expected"),
                target("dl_throughput", "at_least", 10_000, said("10 Gbps of downlink", 10_000)),
            )
        ),
    ),
    (
        "Get the UPF in Munich match-ready.",
        plan(
            expect(
                "scale",
                "upf",
                "munich-1",
                said("Get the UPF in Munich match-ready"),
                MATCH,
                target("dl_throughput", "at_least", 8_000, known("match-day", "8 Gbps of downlink", 8_000)),
            )
        ),
    ),
    (
        "Please get london-1 ready for the product launch; expect 30 % more sessions.",
        plan(
            expect(
                "scale",
                "smf",
                "london-1",
                said("get london-1 ready for the product launch; expect"),
                SESSIONS,
                target(
                    "max_sessions",
                    "at_least",
                    65_000,
                    there("london-1/smf", "max_sessions", 50_000),
                    said("30 % more", 30),
                    by="a * (1 + b)",
                ),
            )
        ),
    ),
    (
        "Make room in Munich for 20,000 more subscribers and their sessions.",
        plan(
            expect(
                "scale",
                "smf",
                "munich-1",
                said("Make room in Munich"),
                said("and their sessions"),
                SESSIONS,
                target(
                    "max_sessions",
                    "increase_by",
                    30_000,
                    said("20,000 more subscribers", 20_000),
                    known("busy-hour", "1.5 sessions", 1.5),
                    by="a * b",
                ),
            )
        ),
    ),
    (
        "The eMBB slice in Munich should be as good as all others: bring it up to our target.",
        plan(
            expect(
                "ensure",
                "slice",
                "munich-1",
                said("The eMBB slice in Munich should be as good as all others"),
                EMBB,
                said("bring it up to our target"),
                target("ul_throughput", "at_least", 100, known("embb-target", "100 Mbps of uplink", 100)),
                sst=1,
            )
        ),
    ),
    (
        "Bring the eMBB slice in dallas-1 to its usual latency.",
        plan(
            expect(
                "ensure",
                "slice",
                "dallas-1",
                said("Bring the eMBB slice in dallas-1 to its usual latency"),
                EMBB,
                target("latency", "at_most", 20, known("embb-target", "a latency of 20 ms", 20)),
                sst=1,
            )
        ),
    ),
    (
        "London takes over the subscribers of a partner: 500,000 more subscribers for the UDM.",
        plan(
            expect(
                "scale",
                "udm",
                "london-1",
                said("London takes over the subscribers of a partner"),
                said("for the UDM"),
                there("london-1/udm"),
                UDM,
                target("max_subscribers", "increase_by", 500_000, said("500,000 more subscribers", 500_000)),
            )
        ),
    ),
    (
        "Fit the UDM in london-1 for 1,500,000 subscribers.",
        plan(
            expect(
                "scale",
                "udm",
                "london-1",
                said("Fit the UDM in london-1"),
                UDM,
                target("max_subscribers", "at_least", 1_500_000, said("1,500,000 subscribers", 1_500_000)),
                target(
                    "replicas",
                    "equals",
                    3,
                    said("1,500,000 subscribers", 1_500_000),
                    known("udm-capacity", "500,000 subscribers", 500_000),
                    by="ceil(a / b)",
                ),
            )
        ),
    ),
    (
        "Save energy in Sapporo: remove a UPF replica for the night.",
        plan(
            expect(
                "scale",
                "upf",
                "sapporo-1",
                said("Save energy in Sapporo: remove"),
                said("for the night"),
                target("replicas", "decrease_by", 1, said("a UPF replica", 1)),
            )
        ),
    ),
    (
        "The AMF in dallas-1 shall move on to 2.4.1 with the next train.",
        plan(
            expect(
                "upgrade",
                "amf",
                "dallas-1",
                said("The AMF in dallas-1 shall move on to 2.4.1"),
                target("version", "equals", "2.4.1", said("2.4.1", "2.4.1")),
            )
        ),
    ),
    (
        "Nagoya's UPF runs hot, give it two replicas more.",
        plan(
            expect(
                "scale",
                "upf",
                "nagoya-1",
                said("Nagoya's UPF runs hot, give it"),
                target("replicas", "increase_by", 2, said("two replicas more", 2)),
            )
        ),
    ),
    (
        "Before the fair twice the replicas, please, for the UPF in nagoya-1.",
        plan(
            expect(
                "scale",
                "upf",
                "nagoya-1",
                said("twice the replicas, please, for the UPF in nagoya-1"),
                target("replicas", "multiply_by", 2, said("twice the replicas", 2)),
            )
        ),
    ),
    (
        "Help the cell 12 at edge-01 to serve a full match day crowd.",
        plan(
            expect(
                "ensure",
                "cell",
                "edge-01",
                said("Help the cell 12 at edge-01 to serve a full match day crowd"),
                known("match-day", "A cell serves 400 UEs"),
                target("max_ues", "at_least", 400, known("match-day", "400 UEs", 400)),
                name="cell-12",
            )
        ),
    ),
    (
        "The fans in Osaka will stream: 1.5 Gbps of downlink has to be carried.",
        plan(
            expect(
                "scale",
                "upf",
                "osaka-1",
                said("The fans in Osaka will stream"),
                said("has to be carried"),
                MATCH,
                target("dl_throughput", "equals", 1_500, said("1.5 Gbps of downlink", 1_500)),
            )
        ),
    ),
    ON_ITS_OWN,
)
