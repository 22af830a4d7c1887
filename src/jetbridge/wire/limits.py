"""Every budget of the wire, with the reason for its number. Exceeding one is a `WireError` that names it."""

from dataclasses import dataclass

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost. An action that needs more says so; nobody gets more by asking on the wire."""

    body_bytes: int = 1024 * 1024
    """Text of one body (413). 1 MiB is what a call's arguments or a form's fields honestly need, and Next.js's default;
    decoding it takes tens of milliseconds at worst."""

    file_bytes: int = 10 * 1024 * 1024
    """All files of one body together (413): a few photos. Counted apart from text, which is parsed and costs more."""

    parts: int = 1000
    """Entries of a multipart or urlencoded body: Django's DATA_UPLOAD_MAX_NUMBER_FIELDS; a form has tens."""

    files: int = 100
    """Files among them: Django's DATA_UPLOAD_MAX_NUMBER_FILES; each costs a descriptor once it spools to disk."""

    header_bytes: int = 8 * 1024
    """Header lines of one part: what servers allow a whole request's line. Names and file names live in them."""

    name_chars: int = 1000
    """A field's or file's name: names become keys and error paths; file systems stop at 255."""

    nodes: int = 100_000
    """JSON values in one reply: ten thousand rows of ten fields."""

    expanded_nodes: int = 100_000
    """The same, counting a shared value once for each place it stands in: validators and `json.dumps` expand them, so
    27 short parts can mean 2^26 values (CVE-2026-23864). A string's every hundred characters count as one more."""

    depth: int = 64
    """Nesting, after expansion. Forms and documents have under twenty; recursive validators cost stack."""

    digits: int = 300
    """Characters of a BigInt, as React has it: int() is quadratic, and 300 digits hold any key or amount."""

    bound: int = 1000
    """Arguments bound to one server reference, as React has it."""

    arguments: int = 1000
    """Arguments of one call: Python functions with more do not exist."""

    read_seconds: float = 30.0
    """From the first byte of a body to its last (408): a slow phone sends 1 MiB in that time."""

    decode_seconds: float = 5.0
    """From the whole body to its values: all that the other budgets allow takes tens of milliseconds, so this ends only
    what nobody foresaw, or what a machine that is out of breath should not begin."""

    rows: int = 100_000
    """Rows of a response that the test client reads."""


DEFAULT_LIMITS = Limits()
