from kernel.actors import SYSTEM
from tenants import actions as tenants

ADDRESS = "/api/v1/members/"


def names(answer):
    return [row["name"] for row in answer.json()["data"]]


def test_members_are_listed_from_the_first(northside):
    client = northside.client(key=northside.api_key)

    assert names(client.get(ADDRESS)) == ["Olivia Owner", "Alice Moreno", "Bob Tran", "Adam Reyes", "Vera Lind"]
    assert client.get(ADDRESS).json() | {"meta": 0} == client.get("/api/v1/tenants/northside/users/").json() | {
        "meta": 0
    }


def test_who_has_left_is_shown_as_gone(northside):
    tenants.remove_member(member_id=northside.bob.id, actor=SYSTEM)
    client = northside.client(key=northside.api_key)

    assert client.get(f"{ADDRESS}{northside.bob.id}/").json()["data"]["is_active"] is False
    assert "Bob Tran" not in names(client.get(f"{ADDRESS}?is_active=true"))
    assert names(client.get(f"{ADDRESS}?is_active=false")) == ["Bob Tran"]


def test_member_shows_no_secret(northside):
    shown = northside.client(key=northside.api_key).get(f"{ADDRESS}{northside.alice.id}/").json()["data"]

    assert set(shown) == {
        "id", "name", "email", "role", "is_active", "language", "time_zone", "capacity", "availability", "calendar",
        "created_at", "updated_at", "_links",
    }  # fmt: skip
    assert (shown["email"], shown["role"]) == ("alice@northside.example", "agent")
