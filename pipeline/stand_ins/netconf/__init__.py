"""A managed element on loopback: OpenDaylight's NETCONF test tool with a few classes of the NR resource model."""
