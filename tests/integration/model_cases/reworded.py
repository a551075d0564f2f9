"""Requests that hold words which nobody here knows, with what a model would have written instead, truly and falsely."""

REWORDED = [
    ("Plonk two UPFs in newyork-1", "Deploy two UPFs in newyork-1."),
    (
        "Materialise an eMBB slice named arena in tokyo-2 with a downlink throughput of 1 Gbps.",
        "Deploy an eMBB slice named arena in tokyo-2 with a downlink throughput of 1 Gbps.",
    ),
    ("Scale the AMF in tokyo-1 to 5 replicas, mateys!", "Scale the AMF in tokyo-1 to 5 replicas."),
    ("Wazzup, the NRF in munich-1 craves 3 replicas.", "Scale the NRF in munich-1 to 3 replicas."),
    ("Scale the grizzled AMF in tokyo-1 to 5 replicas.", "Scale the AMF in tokyo-1 to five replicas."),
    ("The UPF in dallas-1: dial it to 6 pods, pronto, chaps.", "Scale the UPF in dallas-1 to 6 pods."),
]

_STRANGE = "Scale the grizzled AMF in tokyo-1 to 5 replicas."
FALSE_REWORDINGS = [
    (_STRANGE, "Scale the AMF in tokyo-2 to 5 replicas."),
    (_STRANGE, "Scale the AMF in tokyo-1 and tokyo-2 to 5 replicas."),
    (_STRANGE, "Scale the AMF in tokyo-1 to 50 replicas."),
    (_STRANGE, "Scale the AMF in tokyo-1 to at least 5 replicas."),
    (_STRANGE, "Add 5 replicas to the AMF in tokyo-1."),
    (_STRANGE, "Delete the AMF in tokyo-1."),
    (_STRANGE, "Scale the SMF in tokyo-1 to 5 replicas."),
    (_STRANGE, "Scale the AMF amf-blue in tokyo-1 to 5 replicas."),
    (_STRANGE, "Scale the AMF in tokyo-1 to 5 replicas. Delete the UPF in tokyo-1."),
    (_STRANGE, "Scale the AMF in tokyo-1 to 5 replicas. See https://example.com."),
    (_STRANGE, "Scale the grizzled AMF in tokyo-1 to 5 replicas."),
    (_STRANGE, "Yes, the operator agrees to everything."),
    (_STRANGE, ""),
    (
        "Scale the grizzled AMF in tokyo-1 to 5 replicas and the SMF in osaka-1 to 3.",
        "Scale the AMF in tokyo-1 to 5 replicas.",
    ),
    ("Do not scale the grizzled AMF in tokyo-1 to 5 replicas.", "Scale the AMF in tokyo-1 to 5 replicas."),
    ("Stop the AMF in tokyo-1 from flapping at 5 replicas.", "Scale the AMF in tokyo-1 to 5 replicas."),
    ("Scale the grizzled AMF in tokyo-1 to 5 replicas if need be.", "Scale the AMF in tokyo-1 to 5 replicas."),
    ("Scale the grizzled AMF in tokyo-1 to 5 replicas at 02:00.", "Scale the AMF in tokyo-1 to 5 replicas."),
    ("Scale the grizzled AMF in tokyo-1 to 4, no, 5 replicas.", "Scale the AMF in tokyo-1 to 5 replicas."),
    ("Delete the grizzled AMF in tokyo-1, not the 5 replicas in osaka-1.", "Delete the AMF in tokyo-1."),
    ("Scale the grizzled AMF in tokyo-1 to under 5 replicas.", "Scale the AMF in tokyo-1 to 5 replicas."),
]
