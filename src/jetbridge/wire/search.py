"""Looking for bytes in long texts, where CPython has a quick way that is not the plain one."""

__all__ = ["count_byte"]


def count_byte(data: bytes, byte: bytes) -> int:
    """How often the one `byte` is in `data`.

    `bytes.count` looks at each, while `replace` goes from one to the next by memchr: five times as quick in tables, and
    twenty times as slow where there is nothing else, so it is not let go that far.
    """
    most = len(data) // 20 + 1
    found = len(data) - len(data.replace(byte, b"", most))
    return found if found < most else data.count(byte)
