"""The filter menu of the list: what it shows, what it narrows, and that the address carries it."""

from conversations import actions
from conversations.pages.filters import choice_of
from conversations.tests.test_views import HTMX, write
from crm.models import Contact
from kernel.actors import SYSTEM


def shown(client, query: str) -> list[str]:
    page = client.get(f"/inbox/list/?{query}", **HTMX).content.decode()
    return [name for name in ("Rosa", "Omar", "Hana") if f">{name}<" in page]


def test_list_is_narrowed_by_assignee_number_owner_and_language(northside):
    rosa, omar = write(northside, 1, name="Rosa"), write(northside, 2, name="Omar")
    write(northside, 3, name="Hana")
    Contact.objects.filter(name="Rosa").update(language="es")
    actions.assign(conversation_id=omar.id, member_id=northside.bob.id, actor=SYSTEM)
    actions.hand_off(conversation_id=rosa.id, to="ai", reason="", actor=SYSTEM)
    client = northside.client(member=northside.alice)
    assert shown(client, "view=all") == ["Rosa", "Omar", "Hana"]
    assert shown(client, f"view=all&assignee={northside.bob.id}") == ["Omar"]
    assert shown(client, "view=all&assignee=none") == ["Rosa", "Hana"]
    assert shown(client, "view=all&assignee=none&language=es") == ["Rosa"]
    assert shown(client, "view=all&owner=ai") == ["Rosa"]
    assert shown(client, f"view=all&outlet={northside.outlet_id}") == ["Rosa", "Omar", "Hana"]
    assert shown(client, f"view=all&outlet={rosa.id}") == []


def test_address_carries_the_filters_and_words_nobody_knows_do_nothing(northside):
    query = {"view": "all", "assignee": str(northside.bob.id), "owner": "ai", "language": "es"}
    choice = choice_of(query)
    assert choice_of(dict(part.split("=") for part in choice.query.split("&"))) == choice
    assert choice_of({"view": "all", "assignee": "x", "outlet": "1", "owner": "queen"}).query == "view=all&tab=open"


def test_chips_say_what_is_on_and_lead_away_from_it(northside):
    write(northside)
    client = northside.client(member=northside.alice)
    page = client.get(f"/inbox/?view=all&assignee={northside.bob.id}&owner=human").content.decode()
    assert page.count('class="chip"') == 2
    assert "Assigned to: Bob Tran" in page
    assert 'href="/inbox/?view=all&amp;tab=open&amp;owner=human"' in page
    assert 'class="chip"' not in client.get("/inbox/?view=all").content.decode()
