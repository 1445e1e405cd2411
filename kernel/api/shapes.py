"""The documented form of what the API answers.

Lists and objects are not made by these classes: queries return plain dictionaries that orjson writes. A test holds
every answer against the shape that documents it.
"""

from typing import Any, ClassVar

from rest_framework import serializers


class Shape(serializers.Serializer[Any]):
    """An object as the API shows it. Every field is always there, unless `?fields=` chose others."""

    example: ClassVar[dict[str, Any]] = {}
    """One such object, for the documentation."""
    selectable: ClassVar[bool] = True
    """Whether `?fields=` may choose from it."""
    unversioned: ClassVar[tuple[str, ...]] = ()
    """Fields that are not the object's own state: names kept elsewhere, and what the clock or the language decides.
    They change what an answer shows, and never whether `If-Match` holds."""
    expandable: ClassVar[tuple[str, ...]] = ()
    """Fields that show an object in short, and with `?expand=` in full."""


class Links(serializers.DictField):
    """Relative addresses of the object and its neighbors."""

    child = serializers.CharField()
