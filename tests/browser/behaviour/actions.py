"""use server

The actions behind the pages of `app`, each for one thing that a browser test looks at.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from jetbridge import (
    ActionError,
    Control,
    FormData,
    Upload,
    action,
    forbidden,
    not_found,
    redirect,
    refresh,
    revalidate_path,
)
from tests.browser.behaviour.memory import memory

__all__ = [
    "add",
    "attach",
    "choose",
    "count",
    "draft",
    "fail",
    "forbid",
    "go",
    "grant",
    "lose",
    "note",
    "order",
    "overtake",
    "quick",
    "refuse_loudly",
    "refuse_quietly",
    "remove",
    "rename",
    "save",
    "slow",
    "spoil",
]


class Entry(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    email: str = ""
    note: str = ""
    password: str = ""
    how: str = ""


async def add(entry: Entry) -> str:
    """Stores an entry; waits where a test closed the gate, and refuses the name `taken`."""
    memory.calls.append(f"add {entry.name}")
    if entry.name.startswith("wait"):
        await memory.gate("add").wait()
    if entry.name == "taken":
        raise ActionError("That name is taken", field_errors={"name": "already in use"})
    memory.entries.append(f"{entry.name}/{entry.email}/{entry.note}/{entry.how}")
    revalidate_path("/")
    return f"Added {entry.name}"


async def draft(form: FormData) -> str:
    memory.entries.append(f"draft of {form.get('name')} with {form.get('how')}")
    revalidate_path("/")
    return "Kept as a draft"


async def grant(role: str, form: FormData) -> str:
    memory.entries.append(f"{form.get('name')} as {role}")
    revalidate_path("/")
    return f"Granted {role}"


class Choices(BaseModel):
    text: str = ""
    about: str = ""
    colour: Literal["red", "green", "blue"] = "red"
    days: list[str] = []
    size: Literal["s", "m", "l"] = "s"
    news: bool = False
    when: str = ""
    amount: int = 0


async def choose(choices: Choices) -> None:
    """Refuses whatever was chosen, once `text` is empty."""
    if not choices.text:
        raise ActionError("Text is missing", field_errors={"text": "required"})
    memory.entries.append(repr(choices))


class Line(BaseModel):
    what: Annotated[str, Field(min_length=2)]
    count: Annotated[int, Field(ge=1)] = 1
    gift: bool = False


class Order(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    lines: list[Line] = []
    tags: Annotated[list[str], Field(max_length=2)] = []
    colour: Annotated[Literal["red", "green"], Control("radio")] = "red"
    days: list[Literal["mon", "tue"]] = []
    note: Annotated[str, Control("textarea"), Field(description="For the courier")] = ""


async def order(order: Order) -> str:
    memory.calls.append("order")
    lines = [f"{line.count} {line.what}{' as a gift' if line.gift else ''}" for line in order.lines]
    return f"{order.name}: {', '.join(lines)}; {order.tags}; {order.days}"


class Settings(BaseModel):
    title: str
    about: str
    colour: str
    days: list[str] = []
    size: str
    news: bool = False


async def save(settings: Settings) -> None:
    """Stores settings, the title in capitals: what the server makes of a field is what the page must show."""
    memory.settings = settings.model_dump() | {"title": settings.title.upper()}
    revalidate_path("/edit")


async def rename(person: int, name: Annotated[str, Field(min_length=1)]) -> str:
    memory.calls.append(f"rename {person}")
    if name == "taken":
        raise ActionError(f"Number {person} cannot be called that")
    memory.people[person] = name
    revalidate_path("/people")
    return name


async def remove(person: int) -> None:
    memory.calls.append(f"remove {person}")
    memory.people.pop(person, None)
    revalidate_path("/people")


async def slow(text: str = "") -> None:
    await memory.gate("slow").wait()
    memory.entries.append(f"slow {text}")
    refresh()


async def quick(text: str = "") -> None:
    memory.entries.append(f"quick {text}")
    refresh()


async def overtake(text: str = "") -> None:
    """Waits after it has begun, so that a page rendered meanwhile is older than what it stores."""
    memory.version += 1
    await memory.gate(text).wait()
    refresh()


async def count() -> None:
    memory.version += 1
    refresh()


async def fail(text: str = "") -> None:
    memory.calls.append(f"fail {text}")
    if text == "well":
        refresh()
        return
    raise RuntimeError("a secret of the server")


async def refuse_loudly(text: str = "") -> None:
    """An expected error of a form whose page does not ask for it."""
    raise ActionError(f"No {text}")


async def refuse_quietly(text: str = "") -> None:
    """The same, of an action that has changed something the page shows."""
    memory.version += 1
    refresh()
    raise ActionError(f"No {text} either")


async def forbid(text: str = "") -> object:
    memory.calls.append(f"forbid {text}")
    return forbidden("You may not do this here")


async def lose(text: str = "") -> object:
    memory.calls.append(f"lose {text}")
    return not_found()


async def spoil(text: str = "") -> None:
    """Works, and leaves a page that cannot be rendered."""
    memory.entries.append(f"spoil {text}")
    memory.broken = True
    refresh()


async def go(to: str, flash: str = "") -> object:
    memory.calls.append(f"go {to}")
    return redirect(to, flash=flash or None)


@action(max_bytes=256 << 20)
async def attach(title: str, file: Upload) -> object:
    size = sum([len(chunk) async for chunk in file])
    if title.startswith("wait"):
        await memory.gate("attach").wait()
    if title == "moved":
        return redirect(f"/arrived?at={size}")
    if not title:
        raise ActionError("It needs a title", field_errors={"title": "is missing"})
    memory.entries.append(f"{title}: {file.name}, {size} bytes")
    revalidate_path("/attach")
    return file.name


async def note(source: str, form: FormData) -> str:
    """Stores all fields as they came; waits where a test closed the gate, and refuses the text `wrong`."""
    text = form.get("text") or ""
    memory.calls.append(f"note {text}")
    if text.startswith("wait"):
        await memory.gate("note").wait()
    if text.endswith("wrong"):
        raise ActionError("That is wrong", field_errors={"text": "is wrong"})
    told = [f"{name}={value}" for name, value in form.entries if isinstance(value, str)]
    memory.entries.append(f"{source}: {' '.join(told)}")
    revalidate_path("/buttons")
    return f"Noted by {source}"
