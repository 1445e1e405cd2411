"""Working hours through actions, API and the settings page: what is taken, what is refused, who may."""

import pytest

from conversations.tests.test_receiving import event_types
from kernel.actors import SYSTEM
from kernel.errors import Conflict, Invalid, NotFound
from team import actions, queries
from team.calendars import day_in_words, days_written, week_written
from team.models import Calendar

FORM = {
    "name": "Office", "time_zone": "America/New_York", "country": "US", "subdivision": "FL",
    "day": ["9:00-13:00, 14:00 – 18:00", "9:00-17:00", "", "22:00-6:00", "0:00-24:00", "", ""],  # noqa: RUF001 - both dashes
    "days_off": "2026-12-24 Christmas Eve\n2026-12-31",
}  # fmt: skip


def test_a_form_is_read_as_people_write(northside):
    adam = northside.client(member=northside.adam)
    assert adam.post("/settings/hours/", FORM).status_code == 302
    calendar = Calendar.objects.get()
    assert calendar.week == [
        [["09:00", "13:00"], ["14:00", "18:00"]], [["09:00", "17:00"]], [], [["22:00", "06:00"]], [["00:00", "24:00"]],
        [], [],
    ]  # fmt: skip
    assert calendar.days_off == [
        {"date": "2026-12-24", "name": "Christmas Eve"}, {"date": "2026-12-31", "name": ""},
    ]  # fmt: skip
    shown = adam.get("/settings/hours/").content.decode()
    assert "09:00-13:00, 14:00-18:00" in shown
    assert "2026-12-24 Christmas Eve" in shown


def test_what_a_form_shows_is_read_back_the_same():
    week = [[["09:00", "13:00"], ["14:00", "18:00"]], [], [["22:00", "06:00"]], [], [], [], []]
    assert week_written([day_in_words(day) for day in week]) == week
    assert days_written("2026-12-24 Christmas Eve\n\n") == [{"date": "2026-12-24", "name": "Christmas Eve"}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", " "), ("time_zone", "Mars/Base"), ("country", "XX"), ("subdivision", "ZZ"), ("days_off", "Christmas"),
        ("day", ["9-17", *[""] * 6]), ("day", ["9:00-25:00", *[""] * 6]), ("day", [""] * 7), ("day", ["9:00-17:00"]),
    ],
)  # fmt: skip
def test_a_wrong_form_is_refused_and_keeps_what_was_typed(northside, name, value):
    adam = northside.client(member=northside.adam)
    refused = adam.post("/settings/hours/", {**FORM, name: value})
    assert refused.status_code == 400
    assert b'role="alert"' in refused.content
    assert b"Christmas" in refused.content
    assert Calendar.objects.count() == 0
    assert "calendar.changed" not in event_types()


def test_agents_may_not_and_names_are_unique(northside):
    alice = northside.client(member=northside.alice)
    assert alice.get("/settings/hours/").status_code == 403
    assert alice.post("/settings/hours/", FORM).status_code == 403
    office = actions.create_calendar(name="Office", actor=SYSTEM)
    with pytest.raises(Conflict):
        actions.create_calendar(name="Office", actor=SYSTEM)
    with pytest.raises(Invalid):
        actions.update_calendar(calendar_id=office, changes={"week": [[]] * 7}, actor=SYSTEM)
    actions.update_calendar(calendar_id=office, changes={"name": "Office"}, actor=SYSTEM)
    assert event_types().count("calendar.changed") == 1
    actions.delete_calendar(calendar_id=office, actor=SYSTEM)
    assert event_types()[-1] == "calendar.deleted"


def test_a_state_goes_with_its_country(northside):
    office = actions.create_calendar(name="Office", country="US", subdivision="FL", actor=SYSTEM)
    actions.update_calendar(calendar_id=office, changes={"country": ""}, actor=SYSTEM)
    assert queries.calendar_for(office).subdivision == ""


def test_hours_of_one_tenant_are_nothing_to_another(northside, harbor):
    office = actions.create_calendar(name="Office", actor=SYSTEM)
    with harbor.inside():
        assert list(queries.calendars()) == []
        with pytest.raises(NotFound):
            actions.update_calendar(calendar_id=office, changes={"name": "Mine"}, actor=SYSTEM)
    assert harbor.client(member=harbor.charlie).get(f"/api/v1/calendars/{office}/").status_code == 404
