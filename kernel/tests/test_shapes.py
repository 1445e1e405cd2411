from datetime import UTC, datetime
from uuid import UUID

from kernel.shapes import Part, Recipe, identifier, in_order, moment, or_null, plain

RECIPE = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "phone": or_null("phone"),
        "seen_at": moment("seen_at"),
        "owner": Part(("owner_id", "owner__name"), lambda row: {"id": row["owner_id"], "name": row["owner__name"]}),
        "links": Part((), lambda row: f"/{row['id']}/"),
    }
)
ROW = {
    "id": UUID(int=1), "name": "Rosa", "phone": "", "seen_at": datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC),
    "owner_id": 7, "owner__name": "Alice",
}  # fmt: skip


def test_recipe_makes_every_field_in_its_order():
    assert list(RECIPE.make(ROW).items()) == [
        ("id", str(UUID(int=1))), ("name", "Rosa"), ("phone", None), ("seen_at", "2026-11-20T15:04:05.000Z"),
        ("owner", {"id": 7, "name": "Alice"}), ("links", f"/{UUID(int=1)}/"),
    ]  # fmt: skip


def test_recipe_reads_each_column_once_and_always_the_id():
    assert RECIPE.columns() == ("id", "name", "phone", "seen_at", "owner_id", "owner__name")
    assert RECIPE.columns({"owner"}) == ("id", "owner_id", "owner__name")
    assert RECIPE.columns({"links"}) == ("id",)


def test_recipe_makes_the_chosen_fields_from_their_columns_only():
    assert RECIPE.make({"id": UUID(int=1), "name": "Rosa"}, {"links", "name"}) == {
        "name": "Rosa", "links": f"/{UUID(int=1)}/",
    }  # fmt: skip


def test_missing_instants_and_ids_are_null():
    made = RECIPE.make({**ROW, "seen_at": None, "id": None}, {"seen_at", "id"})

    assert made == {"seen_at": None, "id": None}


def test_in_order_follows_the_ids_and_leaves_out_what_is_not_there():
    one, two, three = UUID(int=1), UUID(int=2), UUID(int=3)

    assert in_order([three, two, one], [(one, {"n": 1}), (three, {"n": 3})]) == [{"n": 3}, {"n": 1}]
