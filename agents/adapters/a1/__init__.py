"""A1 policies: three dialects of one interface (O-RAN.WG2 A1AP, near-RT RICs of the OSC, policy management service)."""
