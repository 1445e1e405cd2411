"""Saved views and the bar for many conversations, by keyboard and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, Hire, Meet
from tests.journeys.test_accessibility import PHONE, fits, problems


@pytest.mark.parametrize(
    ("theme", "language", "size"), [("light", "en", DESKTOP), ("dark", "en", PHONE)], ids=["desk", "phone"]
)
def test_filters_are_saved_found_again_renamed_and_deleted(
    hire: Hire, meet: Meet, theme: str, language: str, size: tuple[int, int]
) -> None:
    meet("Rosa Núñez").says("Hola")
    meet("Omar Diaz").says("Hello")
    alice = hire("alice", size=size, language=language, theme=theme)
    page = alice.page
    alice.look_at("/inbox/?view=unassigned&sla=ok")
    expect(page.locator("#rows [data-id]")).to_have_count(2)
    save(page, "Still in time")
    expect(page.locator("#list .bar__title")).to_have_text("Still in time")
    expect(page.locator("#list header [data-count^=saved_]").last).to_have_text("2")
    expect(page.locator(".side__views [data-saved]")).to_have_attribute("aria-current", "true")
    expect(page.locator(".side__views [aria-current]")).to_have_count(1)
    assert problems(page) == []
    assert fits(page)

    alice.look_at("/inbox/?view=all")
    page.locator(".side__views [data-saved]").dispatch_event("click")
    expect(page.locator("#list .bar__title")).to_have_text("Still in time")
    expect(page.locator(".side__views [aria-current]")).to_have_attribute("title", "Still in time")

    choose(page, 0)
    name = page.locator("#save-view-name")
    expect(name).to_have_value("Still in time")
    name.press("Control+a")
    name.fill("Not late")
    name.press("Enter")
    expect(page.locator("#list .bar__title")).to_have_text("Not late")

    page.once("dialog", lambda dialog: dialog.accept())
    choose(page, 1)
    expect(page.locator(".side__views [data-saved]")).to_have_count(0)


def save(page: Page, name: str) -> None:
    """Save what the list shows under a name, by keyboard."""
    choose(page, 0)
    field = page.locator("#save-view-name")
    expect(field).to_be_focused()
    assert problems(page) == []
    field.fill(name)
    field.press("Enter")


def choose(page: Page, place: int) -> None:
    """Open the menu of saved views by keyboard and take one of its choices."""
    page.locator("#saved-menu > button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#saved-menu .opt").first).to_be_focused()
    assert problems(page) == []
    for _step in range(place):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def test_many_are_tagged_and_snoozed_and_brought_back(hire: Hire, meet: Meet) -> None:
    from crm import actions as crm  # noqa: PLC0415 - Django is set up only now
    from kernel.actors import SYSTEM  # noqa: PLC0415

    alice = hire("alice", size=PHONE)
    with alice.stage.inside():
        crm.create_tag(name="VIP", color="petrol", actor=SYSTEM)
    meet("Rosa Núñez").says("Hola")
    meet("Omar Diaz").says("Hello")
    page = alice.page
    alice.look_at("/inbox/?view=all")
    rows = page.locator("#rows [data-id]")
    expect(rows).to_have_count(2)
    select(page)
    assert fits(page)
    page.locator("rd-bulk rd-menu").nth(1).get_by_role("button").click()
    page.get_by_role("menuitem", name="VIP").last.click()
    expect(page.locator("#rows .tag", has_text="VIP")).to_have_count(2)
    page.locator(".toast", has_text="2 tagged").get_by_role("button", name="Undo").click()
    expect(page.locator("#rows .tag", has_text="VIP")).to_have_count(0)

    select(page)
    page.locator("rd-bulk [hx-get='/inbox/bulk/snooze/']").click()
    expect(page.locator("#bulk-snooze")).to_be_visible()
    assert problems(page) == []
    page.locator("#bulk-snooze .opt").first.click()
    expect(rows).to_have_count(0)
    page.locator(".toast", has_text="2 snoozed").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast", has_text="2 reopened")).to_be_visible()


def select(page: Page) -> None:
    """Select both rows."""
    for box in page.locator("#rows [data-select]").all():
        box.check(force=True)
    expect(page.locator("rd-bulk")).to_be_visible()
