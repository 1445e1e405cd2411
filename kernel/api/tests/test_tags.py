import pytest

from kernel.api.tags import entity_tag, known_as, permits, state_of, with_coding

THING = {"id": "1", "name": "Rosa", "window": "open"}
STATE = state_of(THING, ())
TAG = entity_tag(b"content", STATE)


def test_state_follows_what_is_the_objects_own():
    assert state_of({**THING, "name": "Ana"}, ("window",)) != state_of(THING, ("window",))
    assert state_of({**THING, "window": "closed"}, ("window",)) == state_of(THING, ("window",))


def test_state_does_not_depend_on_the_order_of_fields():
    assert state_of(dict(reversed(THING.items())), ()) == STATE


def test_tag_follows_content_and_state():
    tags = {entity_tag(b"a", "s"), entity_tag(b"b", "s"), entity_tag(b"a", "t"), entity_tag(b"a")}

    assert len(tags) == 4
    assert entity_tag(b"a", "s") == entity_tag(b"a", "s")


@pytest.mark.parametrize("given", ["{}", "W/{}", '"other", {}', '"other",{} ,"third"', "*", " * "])
def test_reader_who_has_it_is_known(given):
    assert known_as(TAG, given.format(TAG))


@pytest.mark.parametrize("given", ["", '"other"', "content", '""', '"{state}"', '"*"'])
def test_reader_who_has_something_else_is_not(given):
    assert known_as(TAG, given.format(state=STATE)) == ""


def test_reader_is_told_the_tag_it_has():
    coded = with_coding(TAG, "br")

    assert coded == f'{TAG[:-1]}-br"'
    assert known_as(TAG, f'"other", {coded}') == coded
    assert known_as(TAG, f"W/{TAG}") == f"W/{TAG}"
    assert known_as(TAG, "*") == TAG


def test_weak_tag_names_every_coding():
    assert with_coding(f"W/{TAG}", "br") == f"W/{TAG}"


@pytest.mark.parametrize(
    "given", [TAG, "*", f'"other", {TAG}', with_coding(TAG, "zstd"), entity_tag(b"in Spanish", STATE)]
)
def test_write_to_the_same_state_is_permitted(given):
    assert permits(given, STATE)


@pytest.mark.parametrize(
    "given", ["", f"W/{TAG}", '"other"', entity_tag(b"content"), f'"{STATE}"', TAG.strip('"'), '"*"', '"."', "a, b"]
)
def test_write_to_another_state_or_with_a_weak_tag_is_not(given):
    assert not permits(given, STATE)
