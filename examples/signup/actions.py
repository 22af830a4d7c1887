"use server"

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, EmailStr, Field, PastDate

from jetbridge import Control, File, Upload, action, redirect

from . import db

__all__ = ["join"]

Photo = Annotated[Upload, File(max_bytes=2 << 20, accept=list(db.PHOTO_TYPES))]


class NewMember(BaseModel):
    """What the form asks for, what is right, and what its controls are called."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    email: Annotated[EmailStr, Field(title="E-mail")]
    born: Annotated[date, PastDate, Field(title="Day of birth")]
    plan: Literal["basic", "full"] = "basic"
    about: Annotated[str, Field(max_length=500, title="About you"), Control("textarea", rows=3)] = ""
    photo: Photo | None = None
    rules: Annotated[bool, Field(title="I accept the rules")] = False


async def may_join(member: NewMember) -> dict[str, str]:
    """What no annotation can say, asked once all fields are right by themselves."""
    wrong: dict[str, str] = {}
    if not member.rules:
        wrong["rules"] = "You have to accept them"
    if await db.find_member(member.email):
        wrong["email"] = "Is a member already"
    return wrong


@action(max_bytes=5 << 20, check=may_join)
async def join(member: NewMember):
    photo = db.Photo(member.photo.type, await member.photo.read()) if member.photo else None
    await db.add_member(member.name, member.email, member.plan, photo)
    return redirect("/", flash=f"Welcome, {member.name}")
