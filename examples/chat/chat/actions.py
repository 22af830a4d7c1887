"use server"

from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import Field

from . import model

Question = Annotated[str, Field(min_length=1, max_length=200)]


async def reply(question: Question) -> AsyncIterator[str]:
    """The answer, word by word."""
    async for word in model.generate(question):
        yield word


async def ask(question: Question) -> dict[str, str]:
    """The whole answer, for browsers without JavaScript."""
    return {"question": question, "answer": "".join([word async for word in model.generate(question)])}
