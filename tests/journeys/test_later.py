"""A reply for later: planned, moved, sent before its time, and canceled, by keyboard and by mouse."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, Hire, Meet
from tests.journeys.test_accessibility import PHONE, fits, problems


def test_reply_for_tomorrow_waits_and_goes_out_when_told_to(hire: Hire, meet: Meet) -> None:
    alice, maribel = hire("alice"), meet("Maribel Ortega")
    maribel.says("Any news?")
    alice.look_at("/inbox/?view=all")
    alice.open("Maribel Ortega")
    page = alice.page
    alice.write("Good morning, Maribel.")
    page.get_by_role("button", name="Send later").press("Enter")
    dialog = page.get_by_role("dialog", name="Send later")
    expect(dialog.get_by_role("button", name="In an hour")).to_be_focused()
    dialog.get_by_role("button", name=re.compile("Tomorrow morning")).press("Enter")
    waiting = alice.bubble("Good morning, Maribel.")
    expect(waiting).to_have_class(re.compile("later"))
    expect(waiting).to_contain_text("Tomorrow, 9")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")

    alice.reply("One moment please.")
    expect(alice.bubble("One moment").locator(".ticks")).to_have_attribute("data-status", re.compile("delivered|read"))
    assert alice.product.texts_sent(maribel.phone) == ["One moment please."]
    expect(page.locator("#msgs .msg").last).to_contain_text("Good morning")

    waiting.get_by_role("button", name="Scheduled message").press("Enter")
    page.get_by_role("menuitem", name="Edit").press("Enter")
    dialog = page.get_by_role("dialog", name="Scheduled message")
    dialog.get_by_label("Message").fill("Good day, Maribel.")
    dialog.get_by_role("button", name="Save").click()
    changed = alice.bubble("Good day, Maribel.")
    expect(changed).to_have_count(1)
    changed.get_by_role("button", name="Scheduled message").click()
    page.get_by_role("menuitem", name="Send now").click()
    expect(changed.locator(".ticks")).to_have_attribute("data-status", re.compile("delivered|read"))
    assert alice.product.texts_sent(maribel.phone) == ["One moment please.", "Good day, Maribel."]


@pytest.mark.parametrize(("theme", "language", "size"), [("light", "en", DESKTOP), ("dark", "es", PHONE)])
def test_answer_cancels_what_waits_and_all_of_it_is_clean(
    hire: Hire, meet: Meet, theme: str, language: str, size: tuple[int, int]
) -> None:
    alice, maribel = hire("owner", size=size, language=language, theme=theme, signed_in=False), meet("Maribel Ortega")
    maribel.says("Any news?")
    page = alice.page
    page.goto(alice.product.url(alice.stage, "/login/"))
    page.locator("#email").fill(alice.member.email)
    page.locator("#password").fill("correct horse battery")
    page.locator("main button.btn--primary").click()
    expect(page.locator("#rows")).to_be_attached()
    alice.look_at("/inbox/?view=all")
    alice.open("Maribel Ortega")
    page.locator("#composer textarea").fill("Are you still there?")
    page.locator("[data-command=later]").click()
    expect(page.locator("#later")).to_be_visible()
    page.locator("#later-at").fill("2030-01-01T09:00")
    expect(page.locator("#later [data-outside]")).to_be_visible()
    assert problems(page) == []
    assert fits(page)
    page.locator("#later [name=cancel_on_reply]").check()
    page.locator("#later [name=send_at]").first.click()
    waiting = alice.bubble("Are you still there?")
    expect(waiting).to_have_class(re.compile("later"))
    waiting.locator("[aria-haspopup]").click()
    expect(waiting.locator(".pop")).to_be_visible()
    assert problems(page) == []
    assert fits(page)
    page.keyboard.press("Escape")

    maribel.says("Yes, I am here.")
    expect(waiting).to_have_class(re.compile("canceled"))
    expect(page.locator("#msgs .ev").last).to_be_visible()
    expect(page.locator("#msgs > .day").first).to_have_attribute("data-day", re.compile("^20"))
    expect(page.locator("#msgs > .day[data-day]")).to_have_count(1)
    assert problems(page) == []
    assert alice.product.texts_sent(maribel.phone) == []
