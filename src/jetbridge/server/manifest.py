"""A front end's manifest in, the ids that its bundle may call out.

`jetbridge types` writes `actions.json`, with every action that can be imported; the Vite plugin writes one of the same
shape beside what it builds, with those that were. What is in neither a manifest nor a page that we printed is no
endpoint (decision 4).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from jetbridge.actions.forms import bundled_id
from jetbridge.actions.registry import Registry
from jetbridge.errors import DefinitionError

__all__ = ["bundled_ids", "importable_ids", "read_manifest"]

VERSION: Final = 1


def read_manifest(path: Path) -> frozenset[str]:
    """The ids in the manifest at `path`. Raises DefinitionError where it is not there or is no manifest."""
    try:
        sent: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if sent["version"] != VERSION:
            raise DefinitionError(f"{path} was written by another version of jetbridge: run `jetbridge types` again")
        return frozenset(
            str(identity) for module in sent["modules"].values() for identity in module["actions"].values()
        )
    except FileNotFoundError:
        raise DefinitionError(
            f"there is no manifest {path}, which says what the front end may call: build it (`jetbridge build`), or "
            "write one (`jetbridge types`)"
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DefinitionError):
            raise
        raise DefinitionError(f"{path} is no manifest of `jetbridge types` ({type(error).__name__}: {error})")


def bundled_ids(paths: Iterable[Path]) -> frozenset[str]:
    """The ids in all these manifests."""
    return frozenset[str]().union(*(read_manifest(path) for path in paths))


def importable_ids(registry: Registry) -> frozenset[str]:
    """The ids of all that a front end can import, which is what development allows."""
    return frozenset(bundled_id(action) for action in registry if action.nested is None)
