"""Something that answers word by word, as a language model does. Put a real one's stream in the place of `generate`."""

import asyncio
import os
from collections.abc import AsyncIterator

PACE = float(os.environ.get("CHAT_PACE", "0.08"))  # seconds between words

ANSWER = """You asked: “{question}”. I am no language model, only {words} words in a Python file. But they come one \
after the other, each as soon as the generator has yielded it, and nothing waits for the last one. Press Stop, and the \
generator ends where it is: its finally runs, and a connection to a real model would be closed."""

writing: set[str] = set()  # the questions that are being answered now


async def generate(question: str) -> AsyncIterator[str]:
    """The words of the answer, with the spaces between."""
    writing.add(question)
    try:
        for word in ANSWER.format(question=question, words=len(ANSWER.split())).split():
            await asyncio.sleep(PACE)
            yield f"{word} "
    finally:
        writing.discard(question)
