"""What an application met in, what to type out: a sentence for errors that come up where an app is set up or moved.

The sentence becomes a note of the exception (PEP 678), so it stands in the log, in the error page of development and
wherever else a traceback is shown. Libraries are told by the names of their classes: none of them is imported here.
"""

import re
from typing import Final, NamedTuple

__all__ = ["hint_at"]


class _Hint(NamedTuple):
    kind: str  # a pattern of the name of the exception's class
    text: str  # a pattern of what it says; `re` keeps what it has compiled of both, when there was an error
    advice: str  # with what the text's group `what` holds


_TABLES: Final = (
    "run the migrations (`alembic upgrade head`, `python manage.py migrate`), or what makes the tables when the app "
    "starts, against the database that this process uses"
)
_HINTS: Final = tuple(
    _Hint(kind, text, advice)
    for kind, text, advice in (
        (r"Error$|^UndefinedTable", r"no such table: (?P<what>\S+)", f"The table {{what}} is missing: {_TABLES}."),
        (
            r"Error$|^UndefinedTable",
            r'relation "(?P<what>[^"]+)" does not exist',
            f"The table {{what}} is missing: {_TABLES}.",
        ),
        (r"Error$", r"Table '(?P<what>[^']+)' doesn't exist", f"The table {{what}} is missing: {_TABLES}."),
        (r"Error$", r"no such column: (?P<what>\S+)", f"The column {{what}} is missing: {_TABLES}."),
        (
            r"Error$|^UndefinedColumn",
            r'column "?(?P<what>[^"\s]+)"? (?:of relation "[^"]+" )?does not exist',
            f"The column {{what}} is missing: {_TABLES}.",
        ),
        (
            r"OperationalError$",
            r"unable to open database file",
            "The directory of the SQLite file is not there, or this user may not write to it: `mkdir -p` it, or name "
            "another file.",
        ),
        (
            r"OperationalError$",
            r"database is locked",
            "Another connection writes to the SQLite file: keep transactions short, give connect() a longer timeout=, "
            "and turn on `PRAGMA journal_mode=WAL`.",
        ),
        (
            r"^(?:ConnectionError|ConnectionRefusedError|OperationalError)$",
            r"(?i)connect(?:ion)?.*(?:refused|failed)",
            "What the app connects to (a database, Redis) does not listen there: start it, or correct its address in "
            "the environment.",
        ),
        (
            r"^ModuleNotFoundError$",
            r"No module named '(?P<what>[^']+)'",
            "Install what has {what} in the environment that runs this: `pip install …`.",
        ),
    )
)
_MOST: Final = 5  # errors of a chain, of which one may know more than the one that is shown


def hint_at(error: BaseException) -> None:
    """Add a note with what to do to `error`, if its text or that of what it came from is known; once."""
    one: BaseException | None = error
    for _ in range(_MOST):
        if one is None:
            return
        advice = _advice(one)
        if advice is not None:
            if advice not in getattr(error, "__notes__", ()):
                error.add_note(advice)
            return
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _advice(error: BaseException) -> str | None:
    try:
        text = str(error)[:2000]
    except Exception:  # an exception class of the application's
        return None
    for hint in _HINTS:
        found = re.search(hint.text, text) if re.search(hint.kind, type(error).__name__) else None
        if found is not None:
            return hint.advice.format(**found.groupdict())
    return None
