"use server"

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, EmailStr, Field, PastDate

from jetbridge import ActionError, Upload, action, redirect

from . import db

__all__ = ["join"]


class NewMember(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    email: EmailStr
    born: Annotated[date, PastDate]
    plan: Literal["basic", "full"] = "basic"
    about: Annotated[str, Field(max_length=500)] = ""
    photo: Upload | None = None
    rules: bool = False


@action(max_bytes=5 << 20)
async def join(member: NewMember):
    errors: dict[str, str] = {}
    if not member.rules:
        errors["rules"] = "You have to accept them"
    if member.photo and member.photo.type not in db.PHOTO_TYPES:
        errors["photo"] = "A photo is a JPEG, PNG or WebP file"
    if await db.find_member(member.email):
        errors["email"] = "Is a member already"
    if errors:
        raise ActionError("That did not work yet", field_errors=errors)
    photo = db.Photo(member.photo.type, await member.photo.read()) if member.photo else None
    await db.add_member(member.name, member.email, member.plan, photo)
    return redirect("/", flash=f"Welcome, {member.name}")
