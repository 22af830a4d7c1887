"""Maps: the type that an action says it returns in, a function that makes Maps of the dicts declared as such out.

JavaScript's objects have keys of text only, so a dict with others is a Map in what `typescript/` declares. An empty
one, and one in a model, cannot tell so themselves: the type does. For a type without such a dict there is no function.
"""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import RootModel

from jetbridge.schema.keys import has_text_keys
from jetbridge.schema.outgoing import Compiler, Keep
from jetbridge.wire.model import Map, MapPairs
from jetbridge.wire.plain import to_plain

__all__ = ["compile_result"]


def compile_result(annotation: Any) -> Keep | None:
    """The function that makes of a value what its type has and says, or None where every value of the type is that."""
    compiler = Compiler()
    keep = compiler.keep_of(annotation, {})
    convert = _Maps().keep_of(annotation, {}) if compiler.has_maps else None
    if convert is None:
        return keep
    return convert if keep is None else lambda value: convert(keep(value))


class _Maps(Compiler):
    def mapping(self, kind: type[Any], arguments: tuple[Any, ...], given: Mapping[Any, Any]) -> Keep | None:
        """A Map where the keys are no text, or where that is what the author wrote."""
        if has_text_keys(arguments[0], given) and not issubclass(kind, Map):
            return super().mapping(kind, arguments, given)
        keep_key = self.keep_of(arguments[0], given) or _same
        keep = self.keep_of(arguments[-1], given) or _same

        def convert(value: Any) -> Any:
            if not isinstance(value, Mapping):
                return value  # MapPairs are one already, and about all else the encoder knows what to say
            told = cast("Mapping[Any, Any]", value)
            pairs = [(keep_key(key), keep(one)) for key, one in told.items()]
            return MapPairs(pairs) if keep_key is not _same else Map(pairs)

        return convert

    def record(self, kind: Any, names: tuple[str, ...], deep: Mapping[str, Keep]) -> Keep | None:
        """Its members by name, with Maps in them."""
        del names
        if not deep:
            return None
        is_root = issubclass(kind, RootModel)

        def convert(value: Any) -> Any:
            plain = to_plain(value)
            if is_root and not isinstance(value, Mapping):
                return deep["root"](plain) if "root" in deep else plain
            if not isinstance(plain, Mapping):
                return cast("Any", value)
            told = cast("Mapping[str, Any]", plain)
            return {name: deep[name](one) if name in deep else one for name, one in told.items()}

        return convert


def _same(value: Any) -> Any:
    return value
