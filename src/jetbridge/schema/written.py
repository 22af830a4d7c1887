"""What was written as annotations: a function or class in, them by name out, unevaluated where they cannot be.

The one place that knows how Python's versions differ: since 3.14 annotations are evaluated when they are asked for
(PEP 649), so that reading `__annotations__` runs code and can raise.
"""

import sys
from typing import Any

__all__ = ["written_annotations"]


def written_annotations(thing: Any) -> dict[str, Any]:
    """The annotations of `thing`; a name that is not known is a text or a forward reference, and no error."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return dict(annotationlib.get_annotations(thing, format=annotationlib.Format.FORWARDREF))
    return dict(getattr(thing, "__annotations__", None) or {})
