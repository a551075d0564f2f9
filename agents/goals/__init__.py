"""Goals: requests that only a language model can plan, and the checks that trust nothing of what it says."""
