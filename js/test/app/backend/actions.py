"""use server"""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import Enum
from typing import Literal

from pydantic import BaseModel, EmailStr, Field

from jetbridge import ActionError, Previous, Upload

SECRET_OF_THE_SERVER = "never-in-a-bundle-1f0c"


class Role(Enum):
    """What somebody may do."""

    READER = "reader"
    WRITER = "writer"


class NewUser(BaseModel):
    """Somebody to add."""

    name: str = Field(min_length=1, description="In full")
    email: EmailStr
    role: Role = Role.READER
    born: datetime | None = None


class User(BaseModel):
    id: int
    name: str
    role: Role
    created: datetime


async def create_user(user: NewUser) -> User:
    """Add somebody.

    Fails where the e-mail is taken.
    """
    raise ActionError("That e-mail is taken", field_errors={"email": "already in use"})


async def rename_user(id: int, name: str) -> None:
    """Give somebody another name."""


async def delete(id: int) -> None:
    """A name that JavaScript keeps for itself."""


async def add(previous: Previous[int], step: int = 1) -> int:
    """For useActionState."""
    return previous + step


async def words(prompt: str) -> AsyncIterator[str]:
    """As they come."""
    for word in prompt.split():
        yield word


async def store_avatar(user_id: int, file: Upload, *, crop: Literal["square", "none"] = "none") -> str:
    return file.name


async def nobody_imports_this() -> str:
    return SECRET_OF_THE_SERVER
