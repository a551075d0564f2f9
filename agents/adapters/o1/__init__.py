"""O1 edits over NETCONF: transactions on managed elements in the NR resource model (3GPP TS 28.541)."""
