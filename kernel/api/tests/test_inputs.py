from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from kernel.api.errors import flat
from kernel.api.inputs import Body, Flag, Id, IdOrWord, ListQuery, Moment, Query, Text, Whole, Word

ID = "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f"
WRONG_TYPES = [None, True, 1, 1.5, [], ["a"], {}, {"a": 1}]


class Inner(Body):
    name = Text()


class Outer(Body):
    inner = Inner(required=False)
    text = Text(required=False, max_length=5)
    whole = Whole(required=False, min_value=0, max_value=10)
    flag = Flag(required=False)
    id = Id(required=False)
    who = IdOrWord("me", required=False)
    word = Word(choices=["a", "b"], required=False)
    moment = Moment(required=False)


class Filter(ListQuery):
    word = Word(choices=["a", "b"], required=False)


def problems(body: dict[str, object]) -> dict[str, list[str]]:
    outer = Outer(data=body)
    assert not outer.is_valid()
    return {name: [str(one) for one in found] for name, found in flat(outer.errors).items()}


def test_body_names_unknown_fields_at_any_level():
    assert problems({"texts": "a", "b": 1}) == {
        "b": ["This field does not exist."], "texts": ["This field does not exist."],
    }  # fmt: skip
    assert problems({"inner": {"name": "a", "nam": "b"}}) == {"inner.nam": ["This field does not exist."]}


@pytest.mark.parametrize("name", ["inner", "text", "whole", "flag", "id", "who", "word", "moment"])
@pytest.mark.parametrize("value", WRONG_TYPES)
def test_body_takes_no_value_of_another_type(name, value):
    fitting = {"whole": 1, "flag": True}
    if name in fitting and type(value) is type(fitting[name]):
        return

    assert name in {found.partition(".")[0] for found in problems({name: value})}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "abcdef"), ("whole", 11), ("whole", -1), ("whole", 10**400), ("id", "42"), ("id", ""), ("who", "you"),
        ("word", "c"), ("moment", "2026-11-20"), ("moment", "2026-11-20T15:04:05"), ("moment", "yesterday"),
        ("moment", "2026-13-40T15:04:05Z"), ("moment", "0001-01-01T00:00:00+14:00"), ("flag", "true"), ("whole", "1"),
    ],
)  # fmt: skip
def test_body_refuses_values_out_of_bounds(name, value):
    assert list(problems({name: value})) == [name]


def test_body_returns_typed_values():
    outer = Outer(
        data={
            "text": " é ", "whole": 7, "flag": False, "id": ID, "who": "me", "word": "b",
            "moment": "2026-11-20T15:04:05.5+02:00", "inner": {"name": "n"},
        }
    )  # fmt: skip

    assert outer.is_valid(), outer.errors
    assert outer.validated_data == {
        "text": " é ", "whole": 7, "flag": False, "id": UUID(ID), "who": "me", "word": "b",
        "moment": datetime(2026, 11, 20, 13, 4, 5, 500_000, UTC), "inner": {"name": "n"},
    }  # fmt: skip


def test_query_has_its_defaults():
    assert Filter.read(QueryDict("")) == {"limit": 50, "include_total": False}


def test_query_names_unknown_and_repeated_parameters():
    with pytest.raises(ValidationError) as unknown:
        Filter.read(QueryDict("statuses=a&limit=5"))
    with pytest.raises(ValidationError) as twice:
        Filter.read(QueryDict("word=a&word=b"))

    assert unknown.value.detail == {"statuses": ["This parameter does not exist."]}
    assert twice.value.detail == {"word": ["This parameter is given twice."]}


@pytest.mark.parametrize(
    "raw", ["limit=0", "limit=201", "limit=ten", "limit=", "limit=1e3", "word=c", "word=", "cursor=", "include_total=2",
            "cursor=" + "x" * 1025, "word=%00"],
)  # fmt: skip
def test_query_refuses_bad_values(raw):
    with pytest.raises(ValidationError) as caught:
        Filter.read(QueryDict(raw))

    assert list(caught.value.detail) == [raw.partition("=")[0]]


def test_query_without_parameters_takes_none():
    assert Query.read(QueryDict("")) == {}
    with pytest.raises(ValidationError):
        Query.read(QueryDict("a=1"))
