from datetime import timedelta

import pytest

from crm import actions
from crm.models import Contact, ContactIdentity
from crm.queries import contact_shapes
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.errors import Conflict, Invalid, NotFound
from kernel.events.models import Event

NOW = clocks.from_unix(1_780_000_000)


def last_event():
    return Event.objects.order_by("-seq").first()


def create(**values):
    return actions.create_contact(actor=SYSTEM, **{"name": "Gloria Restrepo", "phone": "+1 305 555 0151", **values})


def test_a_contact_is_kept_with_a_normalized_phone_and_a_fact_without_personal_data(northside):
    contact_id = create(email="Gloria@Example.com")
    shape = contact_shapes([contact_id])[0]
    assert (shape["phone"], shape["email"], shape["lifecycle"]) == ("+13055550151", "Gloria@Example.com", "lead")
    assert shape["identities"] == [
        {"kind": "phone", "value": "+13055550151"},
        {"kind": "email", "value": "gloria@example.com"},
    ]
    assert last_event().type == "contact.created"
    assert "Gloria" not in str(last_event().payload)


@pytest.mark.parametrize("phone", ["305 555 0151", "not a phone", "+1", "+" + "9" * 40, "\u0000"])
def test_a_phone_needs_its_country_code(northside, phone):
    with pytest.raises(Invalid) as refused:
        create(phone=phone)
    assert "phone" in refused.value.details


def test_a_phone_belongs_to_one_contact(northside):
    first = create()
    with pytest.raises(Conflict) as refused:
        create(name="Somebody else")
    assert refused.value.details == {"phone": [str(first)]}


def test_nobody_is_not_a_contact(northside):
    with pytest.raises(Invalid):
        actions.create_contact(actor=SYSTEM)
    assert Contact.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [{"ssn": "900-11-2222"}, {"email": "x"}, {"time_zone": "Mars/Base"}, {"lifecycle": "king"}, {"name": "x" * 201}],
)
def test_values_that_cannot_be_taken_are_named(northside, changes):
    contact_id = create()
    with pytest.raises(Invalid) as refused:
        actions.update_contact(contact_id=contact_id, changes=changes, actor=SYSTEM)
    assert list(refused.value.details) == list(changes)


def test_a_change_says_which_fields_and_an_empty_one_says_nothing(northside):
    contact_id = create()
    actions.update_contact(contact_id=contact_id, changes={"name": "Gloria R.", "language": "es"}, actor=SYSTEM)
    changed = last_event()
    assert (changed.type, changed.payload["fields"]) == ("contact.updated", ["language", "name"])
    actions.update_contact(contact_id=contact_id, changes={"language": "es"}, actor=SYSTEM)
    assert last_event().seq == changed.seq


def test_a_new_phone_replaces_the_old_identity(northside):
    contact_id = create()
    actions.update_contact(contact_id=contact_id, changes={"phone": "+13055550152"}, actor=SYSTEM)
    assert list(ContactIdentity.objects.values_list("value", flat=True)) == ["+13055550152"]
    actions.update_contact(contact_id=contact_id, changes={"phone": ""}, actor=SYSTEM)
    assert ContactIdentity.objects.count() == 0


def test_the_newest_word_on_marketing_counts(northside):
    contact_id = create()

    def say(*, allowed, at):
        actions.record_marketing_preference(contact_id=contact_id, allowed=allowed, at=at, actor=SYSTEM)
        return Contact.objects.get().marketing_opt_out_at

    assert say(allowed=False, at=NOW) == NOW
    assert last_event().type == "contact.opted_out"
    assert say(allowed=True, at=NOW - timedelta(days=1)) == NOW
    assert say(allowed=True, at=NOW + timedelta(days=1)) is None
    assert last_event().type == "contact.opted_in"


def test_another_tenants_contact_does_not_exist(northside, harbor):
    contact_id = create()
    with harbor.inside(), pytest.raises(NotFound):
        actions.update_contact(contact_id=contact_id, changes={"name": "x"}, actor=SYSTEM)
