"""A file in, whether the application's author wrote it out."""

import site
import sysconfig
from functools import lru_cache
from pathlib import Path
from typing import Final

__all__ = ["is_own"]

_LIBRARIES: Final = tuple(
    f"{Path(path).resolve()}/"
    for path in {
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *site.getsitepackages(),
        site.getusersitepackages(),
        str(Path(__file__).parents[2]),
    }
)


@lru_cache(1000)
def is_own(file: str) -> bool:
    """Whether a file is the application's, and not Python's, a library's or ours."""
    return not file.startswith("<") and not str(Path(file).resolve()).startswith(_LIBRARIES)
