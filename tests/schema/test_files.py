"""Files: which a field takes, on both doors and in every kind of record."""

import dataclasses
from typing import Annotated

import msgspec
import pytest
from pydantic import BaseModel

from jetbridge.errors import ActionError
from jetbridge.schema.convert import convert
from jetbridge.schema.describe import describe
from jetbridge.schema.marks import File
from jetbridge.wire.model import FormData, Upload

Picture = Annotated[Upload, File(max_bytes=2048, accept=["image/*", ".PDF", ".tar.gz"])]
NOTHING = Upload(b"", "", "application/octet-stream")
PNG = Upload(b"x", "a.png", "image/png")
LARGE = Upload(b"x" * 2049, "a.png", "image/png")
TEXT = Upload(b"x", "a.txt", "text/plain; charset=utf-8")


class Model(BaseModel):
    one: Picture | None = None
    many: list[Picture] = []


@dataclasses.dataclass
class Data:
    one: Picture | None = None
    many: list[Picture] = dataclasses.field(default_factory=list)


class Struct(msgspec.Struct):
    one: Picture | None = None
    many: list[Picture] = []


class Around(msgspec.Struct):
    inner: Struct


async def model(record: Model): ...
async def data(record: Data): ...
async def struct(record: Struct): ...
async def parameters(one: Picture | None = None, many: list[Picture] = []): ...  # noqa: B006
async def around(record: Around): ...
async def whole(many: Annotated[list[Upload], File(max_bytes=1)]): ...
async def required(one: Picture): ...


def wrong(function, *values):
    """The messages by field; empty where all is well."""
    try:
        convert(describe(function), values)
    except ActionError as error:
        return error.field_errors
    return {}


TOO_LARGE = "Choose a file of at most 2 KiB"
KIND = "Choose a file of this kind: image/*, .pdf, .tar.gz"


@pytest.mark.parametrize("function", [model, data, struct, parameters])
@pytest.mark.parametrize(
    ("one", "many", "expected"),
    [
        (PNG, [PNG, PNG], {}),
        (NOTHING, [NOTHING], {}),
        (LARGE, [], {"one": TOO_LARGE}),
        (TEXT, [PNG, LARGE], {"one": KIND, "many[1]": TOO_LARGE}),
    ],
)
def test_a_form_brings_files_that_fit(function, one, many, expected):
    """Each file is checked where it stands, and an empty input is no file."""
    assert expected == wrong(function, FormData([("one", one), *(("many", file) for file in many)]))


@pytest.mark.parametrize("function", [model, data, struct])
def test_a_call_brings_files_that_fit(function):
    """The other door checks the same."""
    assert {"one": KIND, "many[0]": TOO_LARGE} == wrong(function, {"one": TEXT, "many": [LARGE]})


@pytest.mark.parametrize(
    ("name", "kind", "fits"),
    [
        ("a.png", "image/png", True),
        ("a.PDF", "", True),
        ("a", "IMAGE/JPEG; q=1", True),
        ("a.tar.gz", "application/gzip", True),
        ("a.gz", "application/gzip", False),
        ("pdf", "text/plain", False),
        (".pdf", "text/plain", False),
        ("a.png", "imagex/png", False),
        ("a.png.exe", "application/x-msdownload", False),
        ("../../a.pdf", "text/plain", True),
    ],
)
def test_types_and_endings(name, kind, fits):
    """A file fits by its type or by the ending of its name, in any case."""
    file = File(accept=["image/*", ".pdf", ".tar.gz"])

    assert fits == file.takes(Upload(b"", name, kind))


def test_files_within_structs_within_structs():
    """The path leads to the field that the person sees."""
    form = FormData([("inner.one", LARGE), ("inner.many", TEXT)])

    assert {"inner.one": TOO_LARGE, "inner.many[0]": KIND} == wrong(around, form)


def test_a_mark_on_the_list_is_for_each_file():
    """`Annotated[list[Upload], File(…)]` says the same as a list of annotated uploads."""
    assert {"many": "Choose a file of at most 1 bytes"} == wrong(whole, FormData([("many", TEXT), ("many", LARGE)]))


@pytest.mark.parametrize("entry", [("one", NOTHING), ("one", ""), ("other", "x")])
def test_a_file_that_must_be_there(entry):
    """An input without a file is an empty file without a name, and counts as nothing."""
    assert {"one": "This field is required"} == wrong(required, FormData([entry]))


def test_text_is_no_file():
    """A text where a file is wanted says so."""
    assert {"one": "Choose a file"} == wrong(required, FormData([("one", "a.png")]))
