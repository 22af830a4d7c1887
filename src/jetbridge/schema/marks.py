"""Marks in annotations that say more of a field than its type: how it looks, and which files it takes.

`Annotated[str, Control("textarea", rows=5)]`, `Annotated[Upload, File(max_bytes=1_000_000, accept=["image/*"])]`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, cast

from pydantic_core import PydanticCustomError, core_schema

from jetbridge.errors import DefinitionError
from jetbridge.wire.model import Upload

__all__ = ["Control", "File", "file_problem"]


@dataclass(frozen=True, slots=True, init=False)
class Control:
    """How a field is shown: `kind` is `textarea`, `select`, `radio`, or a type of `<input>`; the rest are attributes.

    It has no say in what is accepted: the browser's limits and the server's come from the type.
    """

    kind: str | None
    attributes: Mapping[str, Any]

    def __init__(self, kind: str | None = None, /, **attributes: Any) -> None:
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "attributes", attributes)

    def __hash__(self) -> int:  # pydantic keeps metadata in sets
        return hash((self.kind, tuple(self.attributes)))


@dataclass(frozen=True, slots=True)
class File:
    """Which files a field takes, each: `max_bytes`, and `accept` as the attribute of `<input type="file">` has it.

    `accept` lists MIME types (`image/png`, `image/*`) and endings of names (`.pdf`). Both are the client's word for
    what it sends: it keeps honest people from mistakes, and proves nothing about the bytes.
    """

    max_bytes: int | None = None
    accept: Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        if isinstance(self.accept, str):
            raise DefinitionError(f"File(accept=…) takes a list: accept=[{self.accept!r}]")
        if self.max_bytes is not None and self.max_bytes <= 0:
            raise DefinitionError("File(max_bytes=…) takes a number of bytes above 0")
        wrong = next((one for one in self.accept if not (one.startswith(".") or "/" in one)), None)
        if wrong is not None:
            raise DefinitionError(f"File(accept=…): {wrong!r} is neither a type like image/png nor an ending like .pdf")
        object.__setattr__(self, "accept", tuple(one.lower() for one in self.accept))

    def takes(self, upload: Upload) -> bool:
        """Whether name or type of `upload` are among those accepted (HTML section 4.10.5.1.17)."""
        kind = upload.type.partition(";")[0].strip().lower()
        ending = PurePosixPath(upload.name.lower()).suffix
        return not self.accept or any(_matches(one, kind, ending, upload.name.lower()) for one in self.accept)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: Any) -> Any:
        uploads = cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else (value,)
        for upload in uploads:
            problem = file_problem(self, upload) if isinstance(upload, Upload) else None
            if problem is not None:
                raise PydanticCustomError(problem[0], "this file is not accepted", problem[1])
        return cast("Any", value)


def file_problem(file: File, upload: Upload) -> tuple[Any, dict[str, Any]] | None:
    """What `file` has against `upload`: the code of the message and its values, or None."""
    if file.max_bytes is not None and upload.size > file.max_bytes:
        return "file_too_large", {"max_size": _size(file.max_bytes)}
    if not file.takes(upload):
        return "file_type", {"accepted": ", ".join(file.accept)}
    return None


def _matches(accepted: str, kind: str, ending: str, name: str) -> bool:
    if accepted.startswith("."):
        return ending == accepted or (accepted.count(".") > 1 and name.endswith(accepted))
    return kind == accepted or (accepted.endswith("/*") and kind.startswith(accepted[:-1]))


def _size(number: int) -> str:
    for unit, size in (("MiB", 1024 * 1024), ("MB", 1_000_000), ("KiB", 1024), ("kB", 1000)):
        if number % size == 0:
            return f"{number // size} {unit}"
    return f"{number:,} bytes"
