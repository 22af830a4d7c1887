"""The boundary of a multipart body, from its Content-Type."""

import pytest

from jetbridge.errors import WireError
from jetbridge.wire.multipart import decode_boundary

LONGEST = "a" * 70


@pytest.mark.parametrize(
    ("content_type", "delimiter"),
    [
        ("multipart/form-data; boundary=----WebKitFormBoundaryA1", b"------WebKitFormBoundaryA1"),
        ('multipart/form-data; boundary="a b"', b"--a b"),
        (" Multipart/Form-Data;charset=utf-8;boundary=a.b ", b"--a.b"),
        (f"multipart/form-data; boundary={LONGEST}", f"--{LONGEST}".encode()),
    ],
)
def test_takes_a_boundary(content_type, delimiter):
    """As browsers write it, and in the other ways that RFC 2046 has."""
    assert delimiter == decode_boundary(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "abc",
        "----WebKitFormBoundaryA1",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=٣",
        f"multipart/form-data; boundary={LONGEST}a",
        "multipart/mixed; boundary=a",
    ],
)
def test_takes_no_other_type(content_type):
    """What is no multipart form, or has no boundary that a browser writes, is refused with its place."""
    with pytest.raises(WireError) as caught:
        decode_boundary(content_type)

    assert "content-type" == caught.value.at
