import pytest

from crm.models import Contact, ContactIdentity
from kernel.events.models import Event

ADDRESS = "/api/v1/contacts/"


@pytest.fixture
def client(northside):
    return northside.client(key=northside.api_key)


def create(client, **body):
    return client.post(ADDRESS, body, content_type="application/json")


def error(answer):
    return answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["details"]


def test_create_contact_normalizes_the_phone_and_says_where_it_is(client):
    answer = create(client, name=" Rosa Delgado ", phone="+1 (305) 555-0142", language="es")
    made = answer.json()["data"]

    assert (answer.status_code, answer["Location"]) == (201, made["_links"]["self"])
    assert (made["name"], made["phone"], made["language"], made["source"]) == (
        "Rosa Delgado", "+13055550142", "es", "manual",
    )  # fmt: skip
    assert made["identities"] == [{"kind": "phone", "value": "+13055550142"}]
    assert client.get(answer["Location"]).json()["data"] == made
    assert Event.objects.latest("seq").type == "contact.created"


def test_create_contact_names_whose_phone_it_is(client):
    first = create(client, name="Rosa", phone="+13055550142").json()["data"]

    assert error(create(client, name="Other", phone="+13055550142")) == (409, "CONFLICT", {"phone": [first["id"]]})
    assert Contact.objects.count() == 1


def test_create_contact_keeps_a_name_with_html_as_text(client):
    name = "<img src=x onerror=alert(1)> \u202e\U0001f469"

    assert create(client, name=name).json()["data"]["name"] == name


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"phone": "305 555 0142"}, "phone"),
        ({"email": "rosa"}, "email"), ({"name": "R", "time_zone": "Mars/Base"}, "time_zone"),
        ({"name": "R", "lifecycle": "dead"}, "lifecycle"), ({"name": 7}, "name"), ({"id": "1"}, "id"),
        ({"name": "R", "email": "a@" + "b" * 260 + ".example"}, "email"), ({"name": None}, "name"),
    ],
)  # fmt: skip
def test_create_contact_names_what_is_wrong(client, body, named):
    status, code, details = error(create(client, **body))

    assert (status, code, list(details)) == (400, "VALIDATION_ERROR", [named])
    assert not Contact.objects.exists()


def test_update_contact_changes_what_is_given_and_frees_the_old_phone(client):
    address = create(client, name="Rosa", phone="+13055550142", email="rosa@example.com")["Location"]
    changed = client.patch(address, {"phone": "+13055550143"}, content_type="application/json").json()["data"]

    assert (changed["name"], changed["phone"], changed["email"]) == ("Rosa", "+13055550143", "rosa@example.com")
    assert set(ContactIdentity.objects.values_list("value", flat=True)) == {"+13055550143", "rosa@example.com"}
    assert create(client, name="Next", phone="+13055550142").status_code == 201


def test_update_contact_to_the_same_changes_nothing(client):
    address = create(client, name="Rosa")["Location"]
    before = Event.objects.count()

    assert client.patch(address, {"name": "Rosa"}, content_type="application/json").status_code == 200
    assert Event.objects.count() == before


def test_update_contact_can_forget_a_phone(client):
    address = create(client, name="Rosa", phone="+13055550142")["Location"]
    changed = client.patch(address, {"phone": ""}, content_type="application/json").json()["data"]

    assert changed["phone"] is None
    assert changed["identities"] == []


def test_contact_is_not_deleted_by_the_api(client):
    assert client.delete(create(client, name="Rosa")["Location"]).status_code == 405
    assert Contact.objects.count() == 1


def test_a_new_contact_of_another_tenant_is_not_seen(client, harbor):
    theirs = create(harbor.client(key=harbor.api_key), name="Charlie's", phone="+16175550188").json()["data"]

    assert client.get(ADDRESS).json()["data"] == []
    assert client.get(f"{ADDRESS}{theirs['id']}/").status_code == 404
    assert create(client, name="Same number", phone="+16175550188").status_code == 201
