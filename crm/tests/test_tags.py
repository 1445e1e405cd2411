"""The tenant's tags: names, colors, archive; through actions, API and the settings page."""

import re

import pytest

from config.environment import ROOT
from conversations import actions as conversations
from conversations.models import Conversation
from conversations.tests.test_receiving import event_types, hello
from crm import actions
from crm.enums import TagColor
from crm.models import Tag
from kernel.actors import SYSTEM
from kernel.errors import Conflict, Invalid, NotFound

SURFACES = ("canvas", "surface", "surface-2", "surface-3", "raised")
DOTS = {"petrol": "c1", "violet": "c2", "ochre": "c3", "green": "c4", "gray": "c5"}


@pytest.fixture
def tag(northside):
    return actions.create_tag(name="dispute", color="petrol", actor=SYSTEM)


@pytest.fixture
def conversation(northside):
    conversations.receive_messages([hello(northside)])
    return Conversation.objects.get()


def tags_of(conversation):
    conversation.refresh_from_db()
    return conversation.tags


def test_names_are_one_however_written(northside, tag):
    with pytest.raises(Conflict):
        actions.create_tag(name=" DISPUTE ", actor=SYSTEM)
    for name in ("", "   ", "x" * 41):
        with pytest.raises(Invalid):
            actions.create_tag(name=name, actor=SYSTEM)
    with pytest.raises(Invalid):
        actions.create_tag(name="other", color="#ff0000", actor=SYSTEM)
    assert list(Tag.objects.values_list("name", "color")) == [("dispute", "petrol")]


def test_what_is_tagged_follows_a_new_name_and_keeps_an_archived_one(northside, tag, conversation):
    conversations.set_tags(conversation_id=conversation.id, tags=["dispute"], actor=SYSTEM)
    version = conversation.version
    actions.update_tag(tag_id=tag, name="round two", actor=SYSTEM)
    assert tags_of(conversation) == ["round two"]
    assert conversation.version > version
    actions.update_tag(tag_id=tag, archived=True, actor=SYSTEM)
    assert tags_of(conversation) == ["round two"]
    conversations.change_tags(conversation_id=conversation.id, remove=["round two"], actor=SYSTEM)
    with pytest.raises(Invalid):
        conversations.change_tags(conversation_id=conversation.id, add=["round two"], actor=SYSTEM)
    actions.update_tag(tag_id=tag, archived=False, actor=SYSTEM)
    conversations.change_tags(conversation_id=conversation.id, add=["round two"], actor=SYSTEM)
    assert tags_of(conversation) == ["round two"]


def test_changing_nothing_is_no_fact(northside, tag, conversation):
    conversations.set_tags(conversation_id=conversation.id, tags=["dispute"], actor=SYSTEM)
    conversations.set_tags(conversation_id=conversation.id, tags=["dispute", "dispute"], actor=SYSTEM)
    actions.update_tag(tag_id=tag, name="dispute", color="petrol", archived=False, actor=SYSTEM)
    assert event_types().count("conversation.tagged") == 1
    assert event_types().count("tag.updated") == 0


def test_only_tags_of_the_list_can_be_given_and_at_most_twenty(northside, tag, conversation):
    with pytest.raises(Invalid):
        conversations.set_tags(conversation_id=conversation.id, tags=["dispute", "unknown"], actor=SYSTEM)
    names = [actions.create_tag(name=f"tag {n}", actor=SYSTEM) and f"tag {n}" for n in range(21)]
    with pytest.raises(Invalid):
        conversations.set_tags(conversation_id=conversation.id, tags=names, actor=SYSTEM)
    assert tags_of(conversation) == []


def test_tags_of_one_tenant_are_nothing_to_another(northside, harbor, tag, conversation):
    with harbor.inside():
        assert Tag.objects.count() == 0
        with pytest.raises(NotFound):
            actions.update_tag(tag_id=tag, name="mine", actor=SYSTEM)
    charlie = harbor.client(member=harbor.charlie)
    assert charlie.get(f"/api/v1/tags/{tag}/").status_code == 404
    assert b"dispute" not in charlie.get("/inbox/?view=all").content


def test_the_settings_page_is_for_admins(northside, tag):
    alice, adam = northside.client(member=northside.alice), northside.client(member=northside.adam)
    assert alice.post("/settings/tags/new/", {"name": "sly", "color": "green"}).status_code == 403
    assert adam.post("/settings/tags/new/", {"name": "vip", "color": "green"}).status_code == 302
    refused = adam.post("/settings/tags/new/", {"name": "VIP", "color": "green"})
    assert (refused.status_code, b"There is a tag with this name." in refused.content) == (409, True)
    assert adam.post(f"/settings/tags/{tag}/", {"name": "disputes", "color": "ochre"}).status_code == 302
    assert adam.post(f"/settings/tags/{tag}/archive/", {"archived": "1"}).status_code == 302
    shown = adam.get("/settings/tags/").content.decode()
    assert shown.index('value="vip"') < shown.index('value="disputes"')
    assert set(Tag.objects.values_list("name", "color")) == {("disputes", "ochre"), ("vip", "green")}


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_color_stands_out_on_every_surface_by_day_and_by_night():
    css = (ROOT / "static/src/styles/tokens.css").read_text()
    light, dark = css.split('[data-theme="dark"]')[:2]
    assert set(DOTS) == set(TagColor.values)
    for theme in (light, dark):
        tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", theme))
        for color, token in DOTS.items():
            for surface in SURFACES:
                assert contrast(tokens[token], tokens[surface]) >= 3, (color, surface)
