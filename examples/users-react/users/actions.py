"use server"

from typing import Annotated

from pydantic import BaseModel, EmailStr, Field

from jetbridge import ActionError, revalidate_path

from . import db


class NewUser(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    email: EmailStr


async def create_user(user: NewUser) -> dict[str, object]:
    if await db.find_user(user.email):
        raise ActionError("That e-mail is taken", field_errors={"email": "already in use"})
    created = await db.create_user(user.name, user.email)
    revalidate_path("/")
    return {"success": True, "userId": created.id}
