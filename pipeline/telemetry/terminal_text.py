"""Text from outside as a terminal may show it."""


def spelt_out(text: str) -> str:
    """The text with control characters other than line ends and tabs spelt out: they move the cursor, or worse."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in text)
