"""Converting: the values of a call or the fields of a form in, checked arguments for the function out.

Everything that depends on the signature alone is computed once; a call costs its validators and little more. What is
wrong comes back at once, as one `ActionError` with a message for each field's path.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, cast
from weakref import WeakKeyDictionary

from msgspec import Struct
from pydantic_core import ValidationError

from jetbridge.errors import ActionError, DefinitionError
from jetbridge.schema.bulk import Checked
from jetbridge.schema.describe import MISSING, Parameter, Signature
from jetbridge.schema.fields import FormReader, path_of, plain_object, without_ours
from jetbridge.schema.messages import Message, message
from jetbridge.schema.shape import Shape
from jetbridge.schema.validate import Invalid, Validator, compile_validator, problems_of
from jetbridge.wire.model import UNDEFINED, FormData, MapPairs, SetItems
from jetbridge.wire.protocol import FIELD_PREFIX

__all__ = ["Arguments", "Converter", "Source", "convert", "converter_of"]

Source = Literal["flight", "form", "query"]


_PLAIN: Final = frozenset({dict, list, str, int, float, bool, datetime})  # what needs no other look than its check


class Arguments(Struct):
    """What the function is called with, apart from what the server supplies by name."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class _Slot:
    """One parameter that a client fills, with all that is known of it beforehand."""

    __slots__ = ("default", "is_object", "name", "passing", "required", "shape", "validator")

    def __init__(self, parameter: Parameter, validator: Validator) -> None:
        self.name = parameter.name
        self.passing = parameter.passing
        self.required = parameter.required
        self.default = parameter.default
        self.validator = validator
        self.shape = validator.shape
        self.is_object = self.shape.kind in {"record", "mapping"}


class _Problems:
    """Collects what is wrong, by path; the first message for a path stands.

    `about_all` is what a validator of the whole says: no field has it, so it becomes the message of the error.
    """

    about_all: str | None = None

    def __init__(self) -> None:
        self.by_path: dict[str, Message] = {}

    def add(self, path: str, message: Message) -> None:
        self.by_path.setdefault(path, message)

    def error(self) -> ActionError:
        return ActionError(
            self.about_all or message("some_fields" if len(self.by_path) > 1 else "one_field").text,
            field_errors={path: told.text for path, told in self.by_path.items()},
            code="invalid",
            field_codes={path: told.code for path, told in self.by_path.items()},
        )


class Converter:
    """Turns calls of one signature into arguments. Build it when the function is registered.

    `secrets` are the names of fields that must never be shown again. `passes_by_name`: all arguments come as `kwargs`.
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        slots = [
            _Slot(p, compile_validator(p.annotation, where=f"{signature.place}: {p.name} of {signature.name}()"))
            for p in signature.parameters
            if p.kind in {"wire", "previous"}
        ]
        self._previous = any(p.kind == "previous" for p in signature.parameters)
        self._ordered = [s for s in slots if s.passing in {"positional", "either"}]
        self._named = [s for s in slots if s.passing == "keyword"]
        self._rest = next((s for s in slots if s.passing == "rest"), None)
        self._others = next((s for s in slots if s.passing == "others"), None)
        # Python takes everything by name but these.
        self.passes_by_name = self._rest is None and not any(s.passing == "positional" for s in slots)
        self._taken = {p.name for p in signature.parameters}
        # The only one that a client fills, where it can be filled by one value and nothing else.
        self._alone = self._ordered[0] if len(slots) == len(self._ordered) == 1 and not self._previous else None
        # Its shape, if that is a record without names that are ours in a form.
        shape = None if self._alone is None or self._alone.shape.kind != "record" else self._alone.shape
        self._flat = None if shape is None or any(map(_is_ours, shape.fields)) else shape
        self.secrets = frozenset(name for s in slots for name in _secret_names(s.name, s.shape, set()))

    def convert(
        self,
        values: Sequence[Any],
        bound: int = 0,
        keywords: Mapping[str, Any] = {},  # never changed
        leading: int = 0,
        source: Source = "flight",
    ) -> Arguments:
        """Checked arguments; see `convert`. Raises ActionError with every problem."""
        alone = self._alone if len(values) == 1 and not (bound or keywords or leading) else None
        if alone is not None and self.passes_by_name:
            given, check = values[0], None
            if type(given) in _PLAIN:
                check = alone.validator.flight
            elif self._flat is not None and type(given) is FormData and source != "query":
                given, check = FormReader().read_flat(given.entries, self._flat), alone.validator.form
            if check is not None and given is not None:
                try:
                    return Arguments((), {alone.name: check(given)})
                except (ValidationError, Invalid) as error:
                    problems = _Problems()
                    _explain(alone.shape, error, problems, "" if alone.is_object else alone.name, alone.name)
                    raise problems.error() from None
        problems = _Problems()
        if alone is not None:
            value = values[0]
            found: dict[str, Any] = {}
            rest: Sequence[Any] = ()
            if type(value) is not FormData:
                self._take(alone, value, found, problems, alone.is_object)
            elif alone.shape.takes_form:
                _take_form(alone, without_ours(value), source, found, problems, "")
            else:
                self._take_fields([alone], without_ours(value), source, found, problems)
        elif len(values) > bound and isinstance(values[-1], FormData) and not self._is_plain_argument(values, bound):
            found, rest = self._from_form(values, source, bound, keywords, problems, leading)
        else:
            found, rest = self._from_values(values, bound, keywords, problems)
        if problems.by_path or problems.about_all:
            raise problems.error()
        return self._arguments(found, rest)

    # --- a call: values by position

    def _from_values(
        self, values: Sequence[Any], bound: int, keywords: Mapping[str, Any], problems: _Problems
    ) -> tuple[dict[str, Any], list[Any]]:
        found: dict[str, Any] = {}
        ordered = self._ordered if not keywords else self._take_bound(keywords, found)
        given = len(values)
        options: Mapping[str, Any] = {}
        if given > len(ordered) and self._rest is None:
            options = self._options(values, len(ordered))
            given = len(ordered)
        whole = given - bound == 1 and len(ordered) - bound == 1 and not self._named and ordered[bound].is_object
        for index, slot in enumerate(ordered):
            if index < bound:
                _take_ours(slot, values[index], found)
            else:
                self._take(slot, values[index] if index < given else UNDEFINED, found, problems, whole)
        for slot in self._named:
            if slot.name not in found:
                self._take(slot, options.get(slot.name, UNDEFINED), found, problems, False)
        rest: list[Any] = []
        if self._rest is not None:
            for index, value in enumerate(values[len(ordered) :]):
                rest.append(_checked(self._rest, value, problems, f"{self._rest.name}[{index}]"))
        if self._others is not None:
            self._take_others(options, found, problems)
        return found, rest

    def _take_bound(self, keywords: Mapping[str, Any], found: dict[str, Any]) -> list[_Slot]:
        """Take what the server bound by name; gives the parameters that are still filled by position."""
        for slot in (*self._ordered, *self._named):
            if slot.name in keywords:
                _take_ours(slot, keywords[slot.name], found)
        if self._others is not None:
            found.update({name: keywords[name] for name in keywords.keys() - self._taken})
        return [slot for slot in self._ordered if slot.name not in keywords]

    def _options(self, values: Sequence[Any], most: int) -> Mapping[str, Any]:
        """The object after the last positional argument, whose members fill keyword-only parameters."""
        last = values[most]
        if len(values) == most + 1 and type(last) is dict and (self._named or self._others):
            options = cast("dict[str, Any]", last)
            if self._others is not None or options.keys() <= {slot.name for slot in self._named}:
                return options
        if all(value is UNDEFINED for value in values[most:]):
            return {}
        takes = "no arguments" if most == 0 else "1 argument" if most == 1 else f"{most} arguments"
        raise ActionError(f"{self.signature.name} takes {takes}, and {len(values)} were given", code="invalid")

    def _take(self, slot: _Slot, value: Any, found: dict[str, Any], problems: _Problems, whole: bool) -> None:
        """Put the checked value of one parameter into `found`; `whole` leaves its name out of error paths."""
        if value is UNDEFINED:
            if slot.required:
                problems.add(slot.name, message("missing"))
            return
        if type(value) is Checked:
            found[slot.name] = value.value
            return
        if type(value) is FormData:
            _take_form(slot, without_ours(value), "form", found, problems, "" if whole else slot.name)
            return
        check = slot.validator.flight
        if check is None:
            if isinstance(value, (MapPairs, SetItems)):
                value = _checked(slot, cast("Any", value), problems, slot.name)
            found[slot.name] = value
            return
        try:
            found[slot.name] = check(value)
        except (ValidationError, Invalid) as error:
            _explain(slot.shape, error, problems, "" if whole else slot.name, slot.name)

    # --- a form: values by name

    def _is_plain_argument(self, values: Sequence[Any], bound: int) -> bool:
        """Whether the form that ends a call stands for one parameter among others: `f(3, formData)`."""
        if len(values) - bound < 2 or self._previous or len(values) > len(self._ordered):
            return False
        return self._ordered[len(values) - 1].shape.takes_form

    def _from_form(
        self,
        values: Sequence[Any],
        source: Source,
        bound: int,
        keywords: Mapping[str, Any],
        problems: _Problems,
        leading: int,
    ) -> tuple[dict[str, Any], list[Any]]:
        """Bound values by position, those that the client bound after ours, then the fields of the form by name.

        Between the two React's useActionState passes its previous state, which only a function that declares
        `Previous` gets to see.
        """
        form = without_ours(values[-1])
        found: dict[str, Any] = {}
        ordered = self._ordered if not keywords else self._take_bound(keywords, found)
        for slot, value in zip(ordered, values[:bound], strict=False):
            _take_ours(slot, value, found)
        slots, given = ordered[bound:], values[bound:-1]
        for slot, value in zip(slots, given[:leading], strict=False):
            self._take(slot, value, found, problems, False)
        slots = slots[leading:]
        if self._previous and bound + leading == 0 and slots:
            state = given[0] if given else UNDEFINED
            self._take(slots[0], None if state is UNDEFINED else state, found, problems, False)
            slots = slots[1:]
        slots = [*slots, *(slot for slot in self._named if slot.name not in found)]
        if len(slots) == 1 and slots[0].shape.takes_form:
            _take_form(slots[0], form, source, found, problems, "")
        else:
            self._take_fields(slots, form, source, found, problems)
        return found, []

    def _take_fields(
        self, slots: Sequence[_Slot], form: FormData, source: Source, found: dict[str, Any], problems: _Problems
    ) -> None:
        """Each parameter from the field of its name."""
        reader = FormReader(checkboxes=source != "query")
        shape = Shape("record", fields={slot.name: slot.shape for slot in slots if slot.shape.kind != "form"})
        fields = reader.read(form.entries, shape)
        _add_misplaced(reader, problems)
        for slot in slots:
            if slot.shape.kind == "form":
                found[slot.name] = form
                continue
            value = fields.get(slot.name, MISSING)
            if value is MISSING:
                if slot.required:
                    problems.add(slot.name, message("missing"))
                continue
            if slot.validator.form is None:
                found[slot.name] = value
                continue
            try:
                found[slot.name] = slot.validator.form(value)
            except (ValidationError, Invalid) as error:
                below = {path[1:]: order for path, order in reader.indices.items() if path[0] == slot.name}
                _explain(slot.shape, error, problems, slot.name, slot.name, below)
        if self._others is not None:
            self._take_others(plain_object(form), found, problems)

    # --- both

    def _take_others(self, given: Mapping[str, Any], found: dict[str, Any], problems: _Problems) -> None:
        """`**others`: what no parameter is named like, so that nothing the server supplies can be set."""
        others = self._others
        if others is not None:
            for name in given.keys() - self._taken - found.keys():
                found[name] = _checked(others, given[name], problems, name)

    def _arguments(self, found: dict[str, Any], rest: Sequence[Any]) -> Arguments:
        if self.passes_by_name:
            return Arguments((), found)
        args: list[Any] = []
        for slot in self._ordered:
            ahead = self._ordered[len(args) :]
            later = rest or any(other.name in found for other in ahead if other.passing == "positional")
            if slot.passing == "either" and not rest:
                break
            if slot.name in found:
                args.append(found.pop(slot.name))
            elif later:
                args.append(slot.default)
            else:
                break
        return Arguments((*args, *rest), found)


def _take_ours(slot: _Slot, value: Any, found: dict[str, Any]) -> None:
    """A value that the server itself bound: read leniently, and no fault of the person who submits."""
    check = slot.validator.form
    try:
        found[slot.name] = value if check is None else check(value)
    except (ValidationError, Invalid) as error:
        problem = problems_of(error)[0]
        reason = f"the value bound to {slot.name!r} does not fit its annotation: {problem.message.text}"
    else:
        return
    raise DefinitionError(reason)


def _take_form(
    slot: _Slot, form: FormData, source: Source, found: dict[str, Any], problems: _Problems, prefix: str
) -> None:
    """One parameter that a whole form fills."""
    reader = FormReader(checkboxes=source != "query")
    match slot.shape.kind:
        case "record":
            value: Any = reader.read(form.entries, slot.shape)
            if reader.misplaced:
                _add_misplaced(reader, problems)
        case "form":
            found[slot.name] = form
            return
        case "any" | "mapping":
            value = plain_object(form)
        case _:
            value = form
    check = slot.validator.form
    if check is None:
        found[slot.name] = value
        return
    try:
        found[slot.name] = check(value)
    except (ValidationError, Invalid) as error:
        _explain(slot.shape, error, problems, prefix, slot.name, reader.indices)


def _add_misplaced(reader: FormReader, problems: _Problems) -> None:
    for name, code in reader.misplaced.items():
        problems.add(name, message(code))


def _secret_names(name: str, shape: Shape, seen: set[int]) -> Iterator[str]:
    """The names of all fields, at any depth, whose annotation says that they are secret."""
    if id(shape) in seen:
        return
    seen.add(id(shape))
    if shape.secret:
        yield name
    if shape.item is not None:
        yield from _secret_names(name, shape.item, seen)
    for inner, field in shape.fields.items():
        yield from _secret_names(inner, field, seen)


def _is_ours(name: str) -> bool:
    return name.startswith(FIELD_PREFIX)


MERGED: Final = compile_validator(dict[str, Any], where="")


def _checked(slot: _Slot, value: Any, problems: _Problems, path: str) -> Any:
    """One value of `*rest` or `**others`, or of a parameter without annotation that got a Map it would merge."""
    check = slot.validator.flight or (MERGED.flight if isinstance(value, (MapPairs, SetItems)) else None)
    if check is None:
        return cast("Any", value)
    try:
        return check(value)
    except (ValidationError, Invalid) as error:
        _explain(slot.shape, error, problems, path, path)
    return None


def _explain(
    shape: Shape,
    error: ValidationError | Invalid,
    problems: _Problems,
    prefix: str,
    name: str,
    indices: dict[tuple[str | int, ...], list[int]] | None = None,
) -> None:
    """Add each problem under its path; `name` is for one that concerns the value as a whole."""
    for problem in problems_of(error):
        path = path_of(problem.location, shape, indices)
        if problem.unknown:
            path = f"{path}.{problem.location[-1]}" if path else str(problem.location[-1])
        joined = f"{prefix}{'' if not path or path[0] == '[' else '.'}{path}" if prefix else path
        if not joined and problem.own and shape.kind == "record":
            problems.about_all = problems.about_all or problem.message.text
        else:
            problems.add(joined or name, problem.message)


_converters: WeakKeyDictionary[Signature, Converter] = WeakKeyDictionary()


def converter_of(signature: Signature) -> Converter:
    """The converter of `signature`, built once. Raises DefinitionError for a type that cannot be checked."""
    converter = _converters.get(signature)
    if converter is None:
        converter = _converters[signature] = Converter(signature)
    return converter


def convert(
    signature: Signature,
    values: Sequence[Any],
    *,
    source: Source = "flight",
    bound: int = 0,
    keywords: Mapping[str, Any] | None = None,
    leading: int = 0,
) -> Arguments:
    """Checked arguments for the function of `signature`. Raises ActionError with the message for each field.

    `values` are the arguments by position; the first `bound` of them, and `keywords`, were bound by the server. A
    `FormData` at the end is a submitted form; of the values before it the client bound the first `leading`. `source`
    is only told apart for a query string, in which an absent name is not an unchecked box.
    """
    return converter_of(signature).convert(values, bound, keywords or {}, leading, source)
