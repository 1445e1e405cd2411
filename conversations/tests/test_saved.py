"""Saved views: whose they are, what they narrow, and how many conversations each holds."""

import json
from typing import Any

import pytest

from conversations import actions
from conversations.models import SavedView
from conversations.pages.saved import all_counts
from conversations.tests.test_narrowing import shown
from conversations.tests.test_views import HTMX, write
from crm import actions as crm
from crm.models import Contact
from kernel.actors import SYSTEM
from kernel.errors import Conflict, Invalid, NotFound
from kernel.events.models import Event

ADDRESS = "/api/v1/saved-views/"
JSON = "application/json"


def keep(member: Any = None, **values: Any) -> SavedView:
    given = {"name": "Spanish", "filters": {"view": "all", "language": "es"}, **values}
    made = actions.create_saved_view(member_id=member.id if member else None, values=given, actor=SYSTEM)
    return SavedView.objects.get(id=made)


@pytest.fixture
def alice(northside) -> Any:
    return northside.client(member=northside.alice)


def test_view_is_kept_clean_and_told(northside):
    view = keep(name="  Spanish   queue ", filters={"language": "es", "tag": "", "assignee": "none"})
    kept = {"view": "all", "tab": "open", "assignee": "none", "language": "es"}
    assert (view.name, view.filters, view.owner_id) == ("Spanish queue", kept, None)
    event = Event.objects.latest("seq")
    assert (event.type, event.payload) == ("saved_view.created", {"saved_view_id": str(view.id)})


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"name": " "}, "name"), ({"name": "x" * 61}, "name"), ({"color": "red"}, "color"),
        ({"is_shared": False}, "is_shared"), ({"filters": {"search": "x"}}, "search"),
        ({"filters": {"view": "queen"}}, "view"), ({"filters": {"tab": "shut"}}, "tab"),
        ({"filters": {"channel": "fax"}}, "channel"), ({"filters": {"tag": "x" * 41}}, "tag"),
        ({"filters": {"assignee": "me"}}, "assignee"), ({"filters": {"outlet": "1"}}, "outlet"),
        ({"filters": {"owner": "queen"}}, "owner"), ({"filters": {"language": "e'"}}, "language"),
        ({"filters": {"sla": "never"}}, "sla"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_named(northside, values, name):
    with pytest.raises(Invalid) as problem:
        keep(**values)
    assert list(problem.value.details) == [name]
    assert not SavedView.objects.exists()
    assert not Event.objects.filter(type="saved_view.created").exists()


def test_name_is_taken_once_for_all_and_once_for_each(northside):
    keep()
    with pytest.raises(Conflict):
        keep()
    keep(northside.alice, is_shared=False)
    bobs = keep(northside.bob, is_shared=False)
    with pytest.raises(Conflict):
        actions.update_saved_view(
            saved_view_id=bobs.id, member_id=northside.bob.id, changes={"is_shared": True}, actor=SYSTEM
        )
    assert SavedView.objects.count() == 3


def test_there_are_ten_for_all_and_ten_of_ones_own(northside):
    for number in range(10):
        keep(name=f"All {number}")
        keep(northside.alice, name=f"Own {number}", is_shared=False)
    with pytest.raises(Invalid, match="10 views already"):
        keep(name="All 10")
    with pytest.raises(Invalid, match="10 views already"):
        keep(northside.alice, name="Own 10", is_shared=False)
    keep(northside.bob, name="Own 10", is_shared=False)
    assert SavedView.objects.count() == 21


def test_private_view_is_nobody_elses(northside):
    own = keep(northside.alice, is_shared=False)
    bob = {"saved_view_id": own.id, "member_id": northside.bob.id, "actor": SYSTEM}
    for act in (
        lambda: actions.update_saved_view(changes={"name": "Mine"}, **bob),
        lambda: actions.delete_saved_view(**bob),
    ):
        with pytest.raises(NotFound):
            act()
    own.refresh_from_db()
    assert own.name == "Spanish"
    client = northside.client(member=northside.bob)
    assert client.get(f"{ADDRESS}{own.id}/").status_code == 404
    assert client.get(ADDRESS).json()["data"] == []
    assert client.get(f"/inbox/?saved={own.id}").status_code == 404
    assert client.post(f"/inbox/saved/{own.id}/delete/", **HTMX).status_code == 404
    assert 'data-saved="' + str(own.id) not in client.get("/inbox/").content.decode()
    assert f"saved_{own.id}" not in json.loads(client.get("/inbox/counts/", **HTMX).content)
    assert northside.client(key=northside.api_key).get(f"{ADDRESS}{own.id}/").status_code == 404


def test_api_makes_changes_and_deletes_and_refuses_an_old_state(northside):
    client = northside.client(key=northside.api_key)
    body = {"name": "Queue", "filters": {"view": "unassigned", "outlet": str(northside.outlet_id)}}
    made = client.post(ADDRESS, body, content_type=JSON)
    assert made.status_code == 201, made.content
    data = made.json()["data"]
    filters = {"view": "unassigned", "tab": "open", "outlet": str(northside.outlet_id)}
    assert (data["name"], data["filters"], data["is_shared"], data["owner"]) == ("Queue", filters, True, None)
    assert client.post(ADDRESS, body, content_type=JSON).json()["error"]["code"] == "CONFLICT"
    old = {"HTTP_IF_MATCH": made["ETag"]}
    changed = client.patch(made["Location"], {"filters": {"sla": "late"}}, content_type=JSON, **old)
    assert changed.json()["data"]["filters"] == {"view": "all", "tab": "open", "sla": "late"}
    assert client.patch(made["Location"], {"name": "Late"}, content_type=JSON, **old).status_code == 412
    assert client.delete(made["Location"], **old).status_code == 412
    assert client.delete(made["Location"]).status_code == 200
    assert client.get(made["Location"]).status_code == 404


def test_private_view_through_the_api_belongs_to_the_session(northside, alice):
    body = {"name": "Mine", "filters": {"view": "mine"}, "is_shared": False}
    data = alice.post(ADDRESS, body, content_type=JSON).json()["data"]
    assert (data["is_shared"], data["owner"]["id"]) == (False, str(northside.alice.id))
    assert len(alice.get(f"{ADDRESS}?is_shared=false").json()["data"]) == 1
    assert alice.get(f"{ADDRESS}?is_shared=true").json()["data"] == []


def test_viewer_reads_and_does_not_write(northside):
    view = keep()
    vera = northside.client(member=northside.vera)
    assert len(vera.get(ADDRESS).json()["data"]) == 1
    assert vera.post(ADDRESS, {"name": "x", "filters": {}}, content_type=JSON).status_code == 403
    page = vera.get(f"/inbox/?saved={view.id}").content.decode()
    assert 'id="saved-menu"' not in page
    assert vera.get("/inbox/saved/new/", **HTMX).status_code == 403
    assert vera.post(f"/inbox/saved/{view.id}/delete/", **HTMX).status_code == 403


def test_charlie_of_another_tenant_sees_nothing(northside, harbor):
    view = keep()
    with harbor.inside():
        charlie = harbor.client(member=harbor.charlie)
        assert charlie.get(ADDRESS).json()["data"] == []
        assert charlie.get(f"{ADDRESS}{view.id}/").status_code == 404
        assert charlie.patch(f"{ADDRESS}{view.id}/", {"name": "x"}, content_type=JSON).status_code == 404
        assert charlie.delete(f"{ADDRESS}{view.id}/").status_code == 404
        assert charlie.get(f"/inbox/?saved={view.id}").status_code == 404
        assert charlie.post(f"/inbox/saved/{view.id}/", {"name": "x"}, **HTMX).status_code == 404
        assert "Spanish" not in charlie.get("/inbox/").content.decode()
        assert [name for name in json.loads(charlie.get("/inbox/counts/").content) if "saved" in name] == []
    view.refresh_from_db()
    assert view.name == "Spanish"


def test_list_shows_what_the_view_narrows_and_a_change_of_filters_leaves_it(northside, alice):
    write(northside, 1, name="Rosa")
    write(northside, 2, name="Omar")
    Contact.objects.filter(name="Rosa").update(language="es")
    view = keep()
    assert shown(alice, f"saved={view.id}") == ["Rosa"]
    page = alice.get(f"/inbox/?saved={view.id}").content.decode()
    assert f'data-query="saved={view.id}"' in page
    assert '<h2 class="bar__title ell" dir="auto">Spanish</h2>' in page
    assert page.count('aria-current="true"') == 1
    assert 'href="/inbox/?view=all&amp;tab=unread&amp;language=es"' in page
    assert json.loads(alice.get(f"/inbox/ids/?saved={view.id}", **HTMX).content)["ids"] == [
        str(Contact.objects.get(name="Rosa").conversations.get().id)
    ]
    assert alice.get("/inbox/?saved=x").status_code == 404


def test_dialog_saves_renames_and_deletes(northside, alice):
    dialog = alice.get("/inbox/saved/new/?view=all&language=es", **HTMX).content.decode()
    assert 'hx-post="/inbox/saved/new/?view=all&amp;language=es"' in dialog
    form = {"name": "<b>Spanish</b>", "is_shared": "0"}
    made = alice.post("/inbox/saved/new/?view=all&language=es", form, **HTMX)
    view = SavedView.objects.get()
    assert made["HX-Redirect"] == f"/inbox/?saved={view.id}"
    assert (view.owner_id, view.filters) == (northside.alice.id, {"view": "all", "tab": "open", "language": "es"})
    assert "&lt;b&gt;Spanish" in alice.get("/inbox/").content.decode()
    again = alice.post("/inbox/saved/new/?view=all", form, **HTMX)
    assert "There is a view with this name already." in again.content.decode()
    alice.post(f"/inbox/saved/{view.id}/", {"name": "Español", "is_shared": "1"}, **HTMX)
    view.refresh_from_db()
    assert (view.name, view.owner_id, view.filters["language"]) == ("Español", None, "es")
    assert Event.objects.latest("seq").payload["fields"] == ["is_shared", "name"]
    assert alice.post(f"/inbox/saved/{view.id}/delete/", **HTMX)["HX-Redirect"] == "/inbox/"
    assert not SavedView.objects.exists()
    assert Event.objects.latest("seq").type == "saved_view.deleted"


def test_counts_are_those_of_the_lists_in_four_statements(northside, django_assert_num_queries):
    rows = [write(northside, number, name=f"Customer {number}") for number in (1, 2, 3)]
    actions.assign(conversation_id=rows[0].id, member_id=northside.alice.id, actor=SYSTEM)
    actions.assign(conversation_id=rows[1].id, member_id=northside.bob.id, actor=SYSTEM)
    members = [northside.alice.id, northside.bob.id]
    with django_assert_num_queries(3):
        all_counts(members)
    mine, unread = keep(name="Mine", filters={"view": "mine"}), keep(name="Unread", filters={"tab": "unread"})
    bobs = keep(name="Bob's", filters={"assignee": str(northside.bob.id)})
    own = keep(northside.bob, filters={"view": "unassigned"}, is_shared=False)
    for number in range(5):
        keep(name=f"Late {number}", filters={"sla": "late", "channel": "whatsapp"})
    with django_assert_num_queries(4):
        counts = all_counts(members)
    for client, member in ((northside.alice, northside.alice.id), (northside.bob, northside.bob.id)):
        ids = [view for view in (mine, unread, bobs) if view]
        listed = [
            len(json.loads(northside.client(member=client).get(f"/inbox/ids/?saved={one.id}", **HTMX).content)["ids"])
            for one in ids
        ]
        assert [counts[member][f"saved_{one.id}"] for one in ids] == listed == [1, 3, 1]
    assert f"saved_{own.id}" not in counts[northside.alice.id]
    assert counts[northside.bob.id][f"saved_{own.id}"] == 1


def test_renamed_tag_is_followed(northside):
    tag = crm.create_tag(name="dispute", color="petrol", actor=SYSTEM)
    view = keep(filters={"tag": "dispute", "view": "all"})
    crm.update_tag(tag_id=tag, name="quarrel", actor=SYSTEM)
    view.refresh_from_db()
    assert view.filters == {"view": "all", "tab": "open", "tag": "quarrel"}
