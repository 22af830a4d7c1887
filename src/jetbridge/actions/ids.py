"""Ids: where a function is written in, the name it has on the wire out.

An id does not change with a build, a host, a secret or the function's place in its file, so that a page that was
rendered before a deploy still finds its action after it.
"""

import re
import sys
from hashlib import sha256
from typing import Final

__all__ = ["action_id", "alias_id", "module_name", "relative_module"]

DIGEST: Final = 20  # hexadecimal digits, 80 bits: two actions of one app never meet
SHAPE: Final = re.compile(rf"[A-Za-z0-9_]+-[0-9a-f]{{{DIGEST}}}")
UNSAFE: Final = re.compile(r"[^A-Za-z0-9_]")


def module_name(name: str) -> str:
    """The name under which a module is imported; that of `__main__` is asked of its spec, or of its file."""
    if name != "__main__":
        return name
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return spec.name
    file: str | None = getattr(main, "__file__", None)
    return file.replace("\\", "/").rpartition("/")[2].removesuffix(".py") if file else name


def relative_module(module: str, package: str) -> str:
    """The name of `module` within the app's package, with a leading dot; in full outside it."""
    module = module_name(module)
    if not package:
        return module
    if module == package:
        return "."
    return module[len(package) :] if module.startswith(f"{package}.") else module


def action_id(name: str, module: str, qualname: str, package: str) -> str:
    """The id of the function `qualname` in `module`: `<name>-<digest>`, safe in a URL, a cookie and a header."""
    digest = sha256(f"{relative_module(module, package)}:{qualname}".encode()).hexdigest()[:DIGEST]
    return f"{UNSAFE.sub('_', name)}-{digest}"


def alias_id(alias: str, module: str, package: str) -> str:
    """The id that an alias stands for: an id as it is, `old_name` in the same module, or `old.module.old_name`."""
    if SHAPE.fullmatch(alias):
        return alias
    old_module, _, name = alias.rpartition(".")
    return action_id(name, old_module or module, name, package)
