"""Pages, filters, orders, chosen fields, embedded objects and totals, as every list has them."""

import base64
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations import actions as conversations
from conversations.models import Conversation
from crm import actions as crm
from crm.models import Contact
from kernel.actors import SYSTEM
from kernel.pages import keyset_page
from team import actions as team
from tests.api.world import World, operations

LISTS = {
    one.path: one
    for one in operations()
    if one.method == "get" and "listEvents" not in one.facts["operationId"] and "list" in one.facts["operationId"]
}


def rows(world: World, address: str) -> list[Any]:
    answer = world.client.get(address)
    assert answer.status_code == 200, answer.content
    found: list[Any] = answer.json()["data"]
    return found


def problem(world: World, address: str) -> tuple[int, str, list[str]]:
    answer = world.client.get(address)
    error = answer.json()["error"]
    return answer.status_code, error["code"], list(error["details"])


@pytest.fixture
def crowd(world):
    """Seven conversations besides the one of the world, the newest message last."""
    for number in range(7):
        found = world.write_in(f"+1305555011{number}")
        Conversation.objects.filter(id=found).update(last_message_at=timezone.now() + timedelta(minutes=number))
    return world


def walk(world: World, address: str, relation: str) -> list[list[str]]:
    pages, client = [], world.client
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        pages.append([row["id"] for row in answer.json()["data"]])
        links = dict(link.split(">; rel=")[::-1] for link in answer.headers.get("Link", "").split(", ") if link)
        address = links.get(f'"{relation}"', "").removeprefix("<")
    return pages


@pytest.mark.parametrize("order", ["-last_message_at", "last_message_at"])
def test_pages_hold_every_row_once_in_order_and_lead_back(crowd, order):
    address = f"/api/v1/conversations/?order={order}&limit=3"
    whole = [row["id"] for row in rows(crowd, f"/api/v1/conversations/?order={order}")]
    pages = walk(crowd, address, "next")

    assert [len(page) for page in pages] == [3, 3, 2]
    assert list(chain(*pages)) == whole
    last = crowd.client.get(walk_address(crowd, address, 2)).json()
    assert last["meta"]["pagination"]["next_cursor"] is None
    back = walk(crowd, walk_address(crowd, address, 2), "prev")
    assert list(chain(*reversed(back))) == whole


def walk_address(world: World, address: str, turns: int) -> str:
    for _turn in range(turns):
        answer = world.client.get(address)
        address = answer["Link"].partition(">")[0].removeprefix("<")
    return address


def test_pagination_says_where_its_neighbors_are(crowd):
    answer = crowd.client.get("/api/v1/conversations/?limit=3&status=open")
    facts = answer.json()["meta"]["pagination"]

    assert set(facts) == {"limit", "next_cursor", "previous_cursor"}
    assert facts["limit"] == 3
    assert facts["previous_cursor"] is None
    assert answer["Link"] == f'</api/v1/conversations/?limit=3&status=open&cursor={facts["next_cursor"]}>; rel="next"'


def test_pages_skip_and_repeat_nothing_when_rows_come_in_between(crowd):
    first = crowd.client.get("/api/v1/conversations/?limit=4").json()
    newest = crowd.write_in("+13055550190")
    Conversation.objects.filter(id=newest).update(last_message_at=timezone.now() + timedelta(days=1))
    cursor = first["meta"]["pagination"]["next_cursor"]
    second = crowd.client.get(f"/api/v1/conversations/?limit=4&cursor={cursor}").json()

    ids = [row["id"] for row in first["data"] + second["data"]]
    assert len(ids) == len(set(ids)) == 8
    assert str(newest) not in ids


def test_total_is_counted_only_when_asked_for_and_capped(crowd, monkeypatch):
    monkeypatch.setattr("kernel.api.calls.TOTAL_LIMIT", 5)
    facts = crowd.client.get("/api/v1/conversations/?include_total=true&limit=1").json()["meta"]["pagination"]
    fewer = crowd.client.get("/api/v1/contacts/?include_total=true&phone=%2B13055550111").json()["meta"]["pagination"]

    assert (facts["total"], facts["total_capped"]) == (5, True)
    assert (fewer["total"], fewer["total_capped"]) == (1, False)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=201", "limit"), ("limit=0", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"),
        ("cursor=", "cursor"),
        ("cursor=garbage", "cursor"), ("cursor=W10", "cursor"), ("cursor=%00", "cursor"), ("fields=nothing", "fields"),
        ("fields=", "fields"), ("limit=5&limit=6", "limit"), ("include_total=maybe", "include_total"),
        ("offset=10", "offset"), ("cursor=" + "A" * 2000, "cursor"), ("cursor=%ED%A0%80", "cursor"),
        ("cursor=WyJuYW1lIiwiXHUwMDAwIiwiMDE5MzZmNWUtOGMxYS03YjNlLTlkMmYtNGE1YjZjN2Q4ZTlmIixmYWxzZV0", "cursor"),
    ],
)  # fmt: skip
def test_bad_parameters_are_named(world, path, query, name):
    assert problem(world, f"{LISTS[path].address(world)}?{query}") == (400, "VALIDATION_ERROR", [name])


def test_forged_cursor_is_refused(crowd):
    cursor = crowd.client.get("/api/v1/conversations/?limit=2").json()["meta"]["pagination"]["next_cursor"]
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    forged = base64.urlsafe_b64encode(sealed[:12] + sealed[12:].replace(b"-last", b"-lost")).decode().rstrip("=")

    for bad in (forged, cursor[:-2], "A" + cursor[1:], cursor[12:], cursor + cursor):
        assert problem(crowd, f"/api/v1/conversations/?cursor={bad}") == (400, "VALIDATION_ERROR", ["cursor"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(min_value=0, max_value=4), max_size=12),
    limit=st.integers(min_value=1, max_value=5),
    order=st.sampled_from(["created_at", "-created_at"]),
)
def test_any_list_is_walked_whole_in_both_directions(northside, minutes, limit, order):
    start = timezone.now()
    Contact.objects.all().delete()
    Contact.objects.bulk_create(Contact(name=str(number)) for number in range(len(minutes)))
    for contact, minute in zip(Contact.objects.order_by("id"), minutes, strict=True):
        Contact.objects.filter(id=contact.id).update(created_at=start + timedelta(minutes=minute))
    whole = list(Contact.objects.order_by(order, "-id" if order[0] == "-" else "id").values_list("id", flat=True))

    pages, cursor = [], ""
    while True:
        page = keyset_page(Contact.objects.all(), order=order, limit=limit, cursor=cursor)
        pages.append(page)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    back = [pages[-1]]
    while back[-1].previous_cursor is not None:
        back.append(keyset_page(Contact.objects.all(), order=order, limit=limit, cursor=back[-1].previous_cursor))

    assert [one for page in pages for one in page.ids] == whole
    assert [one for page in reversed(back) for one in page.ids] == whole


@pytest.mark.parametrize("path", LISTS)
def test_cursor_of_another_list_is_refused(crowd, path):
    cursor = crowd.client.get("/api/v1/conversations/?limit=2").json()["meta"]["pagination"]["next_cursor"]
    if path.startswith("/api/v1/conversations/") and "messages" not in path:
        return

    assert problem(crowd, f"{LISTS[path].address(crowd)}?cursor={cursor}") == (400, "VALIDATION_ERROR", ["cursor"])


def test_filters_narrow_the_list(crowd):
    mine, other = crowd.ids["conversation_id"], rows(crowd, "/api/v1/conversations/?limit=1")[0]["id"]
    conversations.resolve(conversation_id=other, actor=SYSTEM)
    alice = crowd.stage.alice.id

    def ids(query: str) -> set[str]:
        return {row["id"] for row in rows(crowd, f"/api/v1/conversations/?{query}")}

    assert ids("status=resolved") == {other}
    assert ids("view=done") == {other}
    assert ids(f"assignee={alice}") == {str(mine)}
    assert str(mine) not in ids("assignee=none")
    assert ids("owner=human") == {str(mine)}
    assert ids(f"contact={crowd.ids['contact_id']}") == {str(mine)}
    assert len(ids(f"outlet={crowd.stage.outlet_id}&channel=whatsapp")) == 8
    assert len(ids("unread=true")) == 8
    assert ids("unread=false") == set()


@pytest.mark.parametrize("query", ["assignee=me", "view=mine"])
def test_mine_means_the_member_and_for_a_key_nothing(crowd, query):
    alice = crowd.stage.client(member=crowd.stage.alice).get(f"/api/v1/conversations/?{query}").json()["data"]
    bob = crowd.stage.client(member=crowd.stage.bob).get(f"/api/v1/conversations/?{query}").json()["data"]

    assert [row["id"] for row in alice] == [str(crowd.ids["conversation_id"])]
    assert bob == []
    assert problem(crowd, f"/api/v1/conversations/?{query}")[:2] == (400, "VALIDATION_ERROR")


def test_active_conversations_of_an_outlet_are_those_at_work(crowd):
    resolved = rows(crowd, "/api/v1/conversations/?limit=1")[0]["id"]
    conversations.resolve(conversation_id=resolved, actor=SYSTEM)
    found = rows(crowd, f"/api/v1/conversations/outlet/{crowd.stage.outlet_id}/active/")

    assert len(found) == 7
    assert resolved not in {row["id"] for row in found}


def test_contacts_are_found_by_how_their_words_begin(crowd):
    Contact.objects.filter(phone="+13055550113").update(name="Zoë Quinn", email="zoe@example.com")

    for query in ("search=zo", "search=ZOË", "search=%2B13055550113", "search=zoe@", "email=ZOE@example.com"):
        assert [row["name"] for row in rows(crowd, f"/api/v1/contacts/?{query}")] == ["Zoë Quinn"], query
    assert [row["name"] for row in rows(crowd, "/api/v1/contacts/?search=Quinn")] == ["Zoë Quinn"]
    assert rows(crowd, "/api/v1/contacts/?search=uinn") == []


def test_lists_are_narrowed_to_a_time(crowd):
    for address, name in (("/api/v1/conversations/", "last_message"), ("/api/v1/contacts/", "created")):
        times = sorted(row[f"{name}_at"] for row in rows(crowd, address))
        later = rows(crowd, f"{address}?{name}_from={times[2]}")
        earlier = rows(crowd, f"{address}?{name}_before={times[2]}")

        assert sorted(row[f"{name}_at"] for row in later) == [one for one in times if one >= times[2]]
        assert sorted(row[f"{name}_at"] for row in earlier) == [one for one in times if one < times[2]]
        assert problem(crowd, f"{address}?{name}_from=yesterday")[2] == [f"{name}_from"]


def test_chosen_fields_are_all_there_is_and_all_that_is_read(crowd):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        found = rows(crowd, "/api/v1/conversations/?fields=id,status")

    assert {frozenset(row) for row in found} == {frozenset({"id", "status"})}
    shapes = captured[-1]["sql"]
    assert '"conversations_conversation"."status"' in shapes
    for unread in ("preview", "crm_contact", "team_member", "conversations_outlet", "last_message_at"):
        assert unread not in shapes


@pytest.mark.parametrize("one", [one for one in operations() if one.method == "get"], ids=str)
def test_each_field_can_be_chosen_alone(world, one):
    chosen = next((p for p in one.facts["parameters"] if p["name"] == "fields"), None)
    if chosen is None or one.streams or one.is_raw:
        return
    address = one.address(world)
    whole = world.client.get(address).json()["data"]
    whole = whole[0] if isinstance(whole, list) else whole

    for name in chosen["schema"]["items"]["enum"]:
        answer = world.client.get(address, {"fields": name}).json()["data"]
        answer = answer[0] if isinstance(answer, list) else answer
        assert answer == {name: whole[name]}


def test_expanded_objects_replace_the_short_ones(world):
    address = f"/api/v1/conversations/{world.ids['conversation_id']}/"
    short = world.client.get(address).json()["data"]
    full = world.client.get(address + "?expand=contact,assignee,outlet").json()["data"]

    for name, where in (("contact", "contacts"), ("assignee", "members"), ("outlet", "outlets")):
        assert full[name] == world.client.get(f"/api/v1/{where}/{short[name]['id']}/").json()["data"]
        assert short[name]["id"] == full[name]["id"]
        assert short[name].keys() < full[name].keys()
    assert {key for key in full if full[key] != short[key]} == {"contact", "assignee", "outlet"}
    assert problem(world, address + "?expand=tags")[2] == ["expand"]


def test_expanding_costs_the_same_for_one_and_for_three(crowd):
    counts = {
        limit: statements(crowd, f"/api/v1/conversations/?limit={limit}&expand=contact,assignee,outlet")
        for limit in (1, 3)
    }

    assert counts[1] == counts[3]


def statements(world: World, address: str) -> int:
    client = world.client
    client.get(address)  # tenant and key are remembered from here on
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


STATEMENTS = {
    "/api/v1/tags/": 2,
    "/api/v1/calendars/": 2,
    "/api/v1/sla-policies/": 2,
    "/api/v1/conversations/": 2,
    "/api/v1/conversations/outlet/{outlet_id}/active/": 3,
    "/api/v1/conversations/{conversation_id}/messages/": 3,
    "/api/v1/contacts/": 3,
    "/api/v1/messages/": 2,
    "/api/v1/canned-replies/": 2,
    "/api/v1/saved-views/": 2,
    "/api/v1/members/": 2,
    "/api/v1/tenants/{tenant}/users/": 2,
    "/api/v1/outlets/": 2,
    "/api/v1/tenants/{tenant}/outlets/": 2,
    "/api/v1/templates/": 2,
    "/api/v1/api-keys/": 2,
    "/api/v1/events/": 1,
    "/api/v1/jobs/": 2,
    "/api/v1/jobs/{job_id}/failures/": 2,
    "/api/v1/web-chats/": 2,
}
"""Page, objects, and for a list below something whether that is there; contacts also read their identities."""


@pytest.mark.parametrize(
    "one", [one for one in operations() if one.path in STATEMENTS and one.method == "get"], ids=str
)
def test_list_costs_the_same_for_one_row_and_for_three(crowd, one):
    for number in range(2):
        crowd.write_in("+13055550177", f"And {number}?")
        crowd.key()
        crowd.outlet(f"30655501{number}")
        crowd.template(f"reminder_{number}")
        crowd.canned_reply(f"reminder-{number}")
        crowd.saved_view(f"View {number}")
        crowd.job()
        crowd.web_chat(f"Site {number}")
        with crowd.stage.inside():
            crm.create_tag(name=f"tag {number}", actor=SYSTEM)
            team.create_calendar(name=f"hours {number}", actor=SYSTEM)
            conversations.create_sla_policy(name="tagged", tag=f"tag {number}", actor=SYSTEM)
    address = one.address(crowd)

    for limit in (1, 3):
        assert len(rows(crowd, f"{address}?limit={limit}")) == limit
        assert statements(crowd, f"{address}?limit={limit}") == STATEMENTS[one.path]


def test_every_list_has_its_number_of_statements():
    assert set(LISTS) | {"/api/v1/events/"} == set(STATEMENTS)


def test_events_follow_a_seq_without_a_gap(crowd):
    client, seen, address = crowd.client, [], "/api/v1/events/?limit=5"
    while address:
        answer = client.get(address)
        seen += [event["seq"] for event in answer.json()["data"]]
        address = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")

    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) > 10
    assert rows(crowd, f"/api/v1/events/?after_seq={seen[-1]}") == []
    assert [event["seq"] for event in rows(crowd, f"/api/v1/events/?after_seq={seen[-2]}")] == [seen[-1]]


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 30, ""])
def test_events_want_a_number(world, value):
    assert problem(world, f"/api/v1/events/?after_seq={value}") == (400, "VALIDATION_ERROR", ["after_seq"])
