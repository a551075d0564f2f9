"""How intents move, and how people drive it."""
