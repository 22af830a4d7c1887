"""use server"""


async def add_note(text: str) -> list[str]:
    """Another module, which is imported by an alias."""
    return [text]
