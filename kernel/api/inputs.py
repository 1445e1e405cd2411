"""What callers may send: serializers that know every field, take each value only as what it is, and name the rest.

`Body` is for JSON, where a number is a number; `Query` is for the query string, where everything is text.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kernel.api.parsing import named
from kernel.search import words_of

RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")
PAGE_SIZE = 50
PAGE_LIMIT = 200
CURSOR_LENGTH = 1024
NAMES_LENGTH = 1000
SEARCH_LENGTH = 200


class _Strict(serializers.Serializer[Any]):
    """A serializer for which an unknown field is an error that names it."""

    def run_validation(self, data: Any = serializers.empty) -> Any:  # noqa: ANN401 - the framework's signature
        """Return the validated values; raise with the names of unknown fields first."""
        if isinstance(data, Mapping):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError(named(unknown, str(self.unknown)))
        return super().run_validation(data)

    unknown: ClassVar[Any] = _("This field does not exist.")

    @classmethod
    def checked(cls, data: object) -> dict[str, Any]:
        """Return the validated values. Raises ValidationError."""
        return dict(_reader(cls).run_validation(data))


@cache
def _reader(strict: type[_Strict]) -> _Strict:
    """Return the one instance for all requests: validating leaves nothing in it, and making it costs ten times more."""
    return strict()


class Body(_Strict):
    """The fields of a JSON body."""

    example: ClassVar[dict[str, Any]] = {}
    """A body as a caller would send it, for the documentation."""


class Text(serializers.CharField):
    """Text as it was written; a number is not text."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the options of CharField
        super().__init__(**{"trim_whitespace": False, **options})

    def to_internal_value(self, data: object) -> str:
        """Refuse everything that is no string."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Pattern(Text):
    """Text that a regular expression matches from its first character to its last."""

    def __init__(self, regex: str, **options: Any) -> None:  # noqa: ANN401 - the options of CharField
        super().__init__(**options)
        self.validators.append(RegexValidator(regex, message=_("This value does not have the right form.")))


class Id(serializers.UUIDField):
    """The id of a row, in the form the API gives out."""

    def to_internal_value(self, data: object) -> UUID:
        """Take text only: a number would be an id by accident."""
        if not isinstance(data, str):
            self.fail("invalid", value="")
        value: UUID = super().to_internal_value(data)
        return value


class Whole(serializers.IntegerField):
    """A whole number as a JSON number."""

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 - the framework's signature
        """Refuse text, fractions and truth values."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """A truth value as JSON knows it."""

    def to_internal_value(self, data: object) -> bool:
        """Refuse everything that is merely truthy."""
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:20])
        return data


class Word(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: object) -> Any:  # noqa: ANN401 - a member of the choices
        """Refuse everything that is no string."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:20])
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """An instant in RFC 3339, with its offset."""

    def to_internal_value(self, value: Any) -> datetime:  # noqa: ANN401 - the framework's signature
        """Refuse what is no text, or leaves open which instant is meant."""
        if not isinstance(value, str) or not RFC3339.fullmatch(value):
            self.fail("invalid", format="2026-11-20T15:04:05Z")
        return super().to_internal_value(value)


class IdOrWord(Id):
    """An id, or one of a few words that stand for one (`me`); the word is returned as it is."""

    def __init__(self, *words: str, **options: Any) -> None:  # noqa: ANN401 - the options of UUIDField
        super().__init__(**options)
        self.words = words

    def to_internal_value(self, data: object) -> UUID | str:  # type: ignore[override]  # wider on purpose
        """Return the id or the word."""
        return data if isinstance(data, str) and data in self.words else super().to_internal_value(data)


class Query(_Strict):
    """The parameters of a query string, each at most once."""

    unknown: ClassVar[Any] = _("This parameter does not exist.")

    @classmethod
    def read(cls, given: QueryDict) -> dict[str, Any]:
        """Return the validated parameters with their defaults. Raises ValidationError."""
        twice = [name for name, values in given.lists() if len(values) > 1]
        if twice:
            raise serializers.ValidationError(named(twice, str(_("This parameter is given twice."))))
        return cls.checked(given.dict())


class Names(serializers.CharField):
    """Names of fields, separated by commas; which ones exist is known where they are used."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the options of CharField
        super().__init__(**{"required": False, "max_length": NAMES_LENGTH, **options})


class SearchWords(serializers.CharField):
    """Words to look for, as somebody typed them. Comes out as it went in: each list knows what its words are."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the options of CharField
        super().__init__(**{"max_length": SEARCH_LENGTH, **options})

    def to_internal_value(self, data: str) -> str:
        """Refuse what has no letter and no digit: it would find everything, or nothing."""
        asked = super().to_internal_value(data)
        if not words_of(asked):
            raise serializers.ValidationError(_("Give at least one word."))
        return asked


class ListQuery(Query):
    """What every list takes."""

    limit = serializers.IntegerField(
        default=PAGE_SIZE, min_value=1, max_value=PAGE_LIMIT, help_text="Items on a page, 1 to 200."
    )
    cursor = serializers.CharField(
        required=False, max_length=CURSOR_LENGTH, help_text="Where the page starts: `next_cursor` of the page before."
    )
    include_total = serializers.BooleanField(
        default=False, help_text="Also count the whole list, up to 10,000 (`meta.pagination.total`)."
    )
