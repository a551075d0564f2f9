"""The `openai` client's side of the ports: any server that speaks its protocol."""
