"""Looking for bytes in long texts, where CPython has a quick way that is not the plain one."""

__all__ = ["count_byte"]


def count_byte(data: bytes, byte: bytes) -> int:
    """How often the one `byte` is in `data`, where it is rare: a twentieth of it or less.

    `bytes.count` looks at each byte, while `replace` goes from one to the next by memchr.
    """
    return len(data) - len(data.replace(byte, b""))
