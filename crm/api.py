"""The API of contacts."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from crm import actions, queries
from crm.enums import IdentityKind, Lifecycle, TagColor
from crm.queries import ContactFilter
from kernel.actors import Actor
from kernel.api.bulk import Bulk, register
from kernel.api.bulk_api import BulkResultShape, bulk_answer, bulk_body, filters_of
from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.inputs import Body, Flag, ListQuery, Moment, SearchWords, Text, Word
from kernel.api.operations import Caching, Operation
from kernel.api.routes import route
from kernel.api.shapes import Links, Shape
from kernel.api.views import ApiView
from kernel.errors import Conflict
from kernel.search import PLACE

CONTACT_ID = "01936f5e-0c0a-7d0a-9e0a-1a2b3c4d5e6f"


class IdentityShape(Shape):
    """What a channel calls the person."""

    kind = serializers.ChoiceField(choices=IdentityKind.choices)
    value = serializers.CharField()


class ContactShape(Shape):
    """A person, one record whatever channel they come through."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_null=True, help_text="E.164; null when the person hides it.")
    email = serializers.CharField(allow_null=True)
    username = serializers.CharField(allow_null=True, help_text="The name the person has chosen on WhatsApp.")
    language = serializers.CharField(allow_null=True)
    time_zone = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # a declared field hides the attribute
    lifecycle = serializers.ChoiceField(choices=Lifecycle.choices)
    identities = IdentityShape(many=True)
    marketing_opt_out_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when marketing messages must not be sent."
    )
    marketing_opt_out_source = serializers.CharField(allow_null=True, help_text="Where the person said so.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": CONTACT_ID,
        "name": "Rosa Delgado",
        "phone": "+13055550142",
        "email": "rosa@example.com",
        "username": None,
        "language": "es",
        "time_zone": "America/New_York",
        "source": "manual",
        "lifecycle": "lead",
        "identities": [{"kind": "phone", "value": "+13055550142"}],
        "marketing_opt_out_at": None,
        "marketing_opt_out_source": None,
        "created_at": "2026-11-02T09:00:00.000Z",
        "updated_at": "2026-11-02T09:00:00.000Z",
        "_links": {
            "self": f"/api/v1/contacts/{CONTACT_ID}/",
            "conversations": f"/api/v1/conversations/?contact={CONTACT_ID}",
        },
    }


class ContactQuery(ListQuery):
    """How a list of contacts is narrowed and ordered."""

    lifecycle = Word(choices=Lifecycle.choices, required=False)
    language = serializers.CharField(required=False, max_length=8)
    source = serializers.CharField(required=False, max_length=40)  # type: ignore[assignment]  # see ContactShape
    phone = serializers.CharField(required=False, max_length=20, help_text="E.164, exactly.")
    email = serializers.CharField(required=False, max_length=254, help_text="Exactly, without regard to case.")
    search = SearchWords(
        required=False, help_text="Beginnings of words of name, user name or email, or any three digits of the phone."
    )
    created_from = Moment(required=False, help_text="Made at this time or later.")
    created_before = Moment(required=False, help_text="Made before this time.")
    order = Word(choices=["-created_at", "created_at"], default="-created_at")


class ContactBody(Body):
    """Facts about a person; empty text forgets one. A contact has at least a name, a phone or an email."""

    name = Text(required=False, allow_blank=True, max_length=200)
    phone = Text(required=False, allow_blank=True, max_length=40, help_text="With its country code.")
    email = Text(required=False, allow_blank=True, max_length=254)
    language = Text(required=False, allow_blank=True, max_length=8)
    time_zone = Text(required=False, allow_blank=True, max_length=64, help_text="A name such as America/New_York.")
    lifecycle = Word(choices=Lifecycle.choices, required=False)
    source = Text(required=False, allow_blank=True, max_length=40)  # type: ignore[assignment]  # see ContactShape

    example: ClassVar[dict[str, Any]] = {"name": "Rosa Delgado", "phone": "+13055550142", "language": "es"}


class Contacts(ApiView):
    """All contacts of the tenant."""

    tag = "Contacts"

    @Operation(
        name="listContacts",
        summary="List contacts",
        scope="contacts:read",
        returns=ContactShape,
        many=True,
        query=ContactQuery,
    )
    def get(self, call: Call) -> Answer:
        """Newest first, unless ordered otherwise."""
        wanted = {name: value for name, value in call.query.items() if name in ContactFilter.__dataclass_fields__}
        rows = queries.contacts_matching(ContactFilter(**wanted))
        order = call.query["order"].replace("created_at", PLACE)
        return page_answer(call, rows, queries.contact_shapes, order=order)

    @Operation(
        name="createContact",
        summary="Create a contact",
        scope="contacts:write",
        returns=ContactShape,
        body=ContactBody,
        status=HTTPStatus.CREATED,
        errors=(Conflict,),
    )
    def post(self, call: Call) -> Answer:
        """Create a person; a phone or email that is another contact's is a conflict that names it."""
        contact_id = actions.create_contact(actor=call.principal.actor, **call.body)
        return one_answer(call, contact_id, queries.contact_shapes, made=True)


class Contact(ApiView):
    """One contact."""

    tag = "Contacts"
    subject = Subject("contact_id", actions.hold_contact, queries.contact_shapes)

    @Operation(name="getContact", summary="Read a contact", scope="contacts:read", returns=ContactShape)
    def get(self, call: Call, contact_id: UUID) -> Answer:
        """Read one; the conversations are at `_links.conversations`."""
        return one_answer(call, contact_id, queries.contact_shapes)

    @Operation(
        name="updateContact",
        summary="Change a contact",
        scope="contacts:write",
        returns=ContactShape,
        body=ContactBody,
        errors=(Conflict,),
    )
    def patch(self, call: Call, contact_id: UUID) -> Answer:
        """Change some fields; what is left out stays."""
        actions.update_contact(contact_id=contact_id, changes=call.body, actor=call.principal.actor)
        return one_answer(call, contact_id, queries.contact_shapes)


TAG_ID = "01936f5c-4242-7525-8626-727282829292"


class TagShape(Shape):
    """A word the tenant sorts its work by."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    color = serializers.ChoiceField(choices=TagColor.choices)
    archived_at = serializers.DateTimeField(allow_null=True, help_text="Since when it cannot be given any more.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": TAG_ID,
        "name": "dispute",
        "color": "petrol",
        "archived_at": None,
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {"self": f"/api/v1/tags/{TAG_ID}/", "conversations": "/api/v1/conversations/?tag=dispute"},
    }


class TagQuery(ListQuery):
    """How a list of tags is narrowed."""

    archived = serializers.BooleanField(required=False)
    search = serializers.CharField(required=False, max_length=40, help_text="How the name begins.")


class TagChangesBody(Body):
    """What may be changed about a tag; what is left out stays."""

    name = Text(required=False, max_length=40, help_text="What is tagged follows.")
    color = Word(choices=TagColor.choices, required=False)
    archived = Flag(required=False, help_text="True: it stays where it is and cannot be given any more.")

    example: ClassVar[dict[str, Any]] = {"color": "green"}


class NewTagBody(Body):
    """A tag for the tenant's list."""

    name = Text(max_length=40)
    color = Word(choices=TagColor.choices, default=TagColor.GRAY.value)

    example: ClassVar[dict[str, Any]] = {"name": "round two", "color": "petrol"}


class Tags(ApiView):
    """The tags of the tenant."""

    tag = "Tags"

    @Operation(
        name="listTags",
        summary="List tags",
        scope="tags:read",
        returns=TagShape,
        many=True,
        query=TagQuery,
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """Oldest first, archived ones too unless `archived` says otherwise."""
        rows = queries.tags_matching(archived=call.query.get("archived"), search=call.query.get("search", ""))
        return page_answer(call, rows, queries.tag_shapes, order="created_at")

    @Operation(
        name="createTag",
        summary="Create a tag",
        scope="tags:write",
        returns=TagShape,
        body=NewTagBody,
        status=HTTPStatus.CREATED,
        errors=(Conflict,),
    )
    def post(self, call: Call) -> Answer:
        """Put a tag on the list. Names differ by more than upper and lower case."""
        tag_id = actions.create_tag(actor=call.principal.actor, **call.body)
        return one_answer(call, tag_id, queries.tag_shapes, made=True)


class TagOne(ApiView):
    """One tag."""

    tag = "Tags"
    subject = Subject("tag_id", partial(queries.tag_for, lock=True), queries.tag_shapes)

    @Operation(name="getTag", summary="Read a tag", scope="tags:read", returns=TagShape, caching=Caching.LONG)
    def get(self, call: Call, tag_id: UUID) -> Answer:
        """Conversations that have it are at `_links.conversations`."""
        return one_answer(call, tag_id, queries.tag_shapes)

    @Operation(
        name="updateTag",
        summary="Rename, recolor, archive or restore a tag",
        scope="tags:write",
        returns=TagShape,
        body=TagChangesBody,
        errors=(Conflict,),
    )
    def patch(self, call: Call, tag_id: UUID) -> Answer:
        """Change some fields; what is left out stays."""
        actions.update_tag(tag_id=tag_id, actor=call.principal.actor, **call.body)
        return one_answer(call, tag_id, queries.tag_shapes)

    @Operation(name="archiveTag", summary="Archive a tag", scope="tags:write", returns=TagShape)
    def delete(self, call: Call, tag_id: UUID) -> Answer:
        """Take it off the list. What has it keeps it; `archived: false` brings it back."""
        actions.update_tag(tag_id=tag_id, archived=True, actor=call.principal.actor)
        return one_answer(call, tag_id, queries.tag_shapes)


def _change(contact_id: UUID, changes: Mapping[str, Any], actor: Actor) -> None:
    actions.update_contact(contact_id=contact_id, changes=changes, actor=actor)


BULK = register(
    Bulk(
        name="contacts",
        filters=filters_of(ContactQuery),
        updates=ContactBody,
        matching=lambda _caller, filters: queries.contacts_matching(ContactFilter(**filters)),
        existing=queries.contacts_by_id,
        hold=actions.hold_contacts,
        changes={"update": _change},
    )
)


class BulkContacts(ApiView):
    """Many contacts at once."""

    tag = "Contacts"

    @Operation(
        name="bulkContacts",
        summary="Change many contacts",
        scope="contacts:write",
        returns=BulkResultShape,
        body=bulk_body(BULK, {"filters": {"lifecycle": "lead"}, "updates": {"lifecycle": "qualified"}}),
        may_take_longer=True,
    )
    def post(self, call: Call) -> Answer:
        """Up to 100 at once, more as a job. Each is changed or refused for itself, as by `PATCH`."""
        return bulk_answer(call, BULK)


urlpatterns = [
    route("tags/", Tags),
    route("tags/<uuid:tag_id>/", TagOne),
    route("contacts/", Contacts),
    route("contacts/bulk/", BulkContacts),
    route("contacts/<uuid:contact_id>/", Contact),
]
