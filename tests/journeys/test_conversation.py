"""The main job: a message arrives, somebody sees it live, answers, sees it delivered; and what goes wrong meanwhile."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Hire, Meet


def test_message_arrives_live_and_the_answer_is_delivered(hire: Hire, meet: Meet) -> None:
    alice, maribel = hire("alice"), meet("Maribel Ortega")
    alice.look_at("/inbox/?view=unassigned")
    maribel.says("Hi! Is there any news about my letters?")
    expect(alice.row("Maribel Ortega")).to_contain_text("Is there any news")
    expect(alice.page.locator('.side__views [data-count="unassigned"]')).to_have_text("1")

    alice.open("Maribel Ortega")
    expect(alice.bubble("Is there any news")).to_have_count(1)
    maribel.says("<b>Hello?</b> مرحبا 😀")
    expect(alice.bubble("<b>Hello?</b> مرحبا 😀")).to_be_visible()

    alice.reply("Yes, all three were delivered.")
    mine = alice.bubble("all three were delivered")
    expect(mine).to_have_count(1)
    expect(mine.locator(".ticks")).to_have_attribute("data-status", re.compile("delivered|read"))
    assert alice.product.texts_sent(maribel.phone) == ["Yes, all three were delivered."]
    expect(alice.page.locator("#assign-menu > button")).to_contain_text("Alice")


def test_failed_message_says_why_and_goes_out_when_retried(hire: Hire, meet: Meet) -> None:
    alice, omar = hire("alice"), meet("Omar Delgado")
    omar.says("Hello")
    alice.look_at("/inbox/?view=all")
    alice.open("Omar Delgado")
    alice.product.inject(code=131026, count=1, to=omar.phone)
    alice.reply("I need a clearer photo of your ID.")
    failed = alice.bubble("clearer photo")
    expect(failed).to_contain_text("Not sent.")
    expect(failed).to_contain_text("WhatsApp")
    assert alice.product.accepted(omar.phone) == []

    failed.get_by_role("button", name="Retry").click()
    expect(alice.bubble("clearer photo").locator(".ticks")).to_have_attribute(
        "data-status", re.compile("delivered|read")
    )
    expect(alice.bubble("clearer photo")).to_have_count(1)
    assert len(alice.product.accepted(omar.phone)) == 1


def test_closed_window_only_takes_templates_and_keeps_what_was_typed(hire: Hire, meet: Meet) -> None:
    from conversations import actions  # noqa: PLC0415 - Django is set up only now
    from conversations.types import TemplateNews  # noqa: PLC0415

    alice, gloria = hire("alice"), meet("Gloria Restrepo")
    body = {"type": "BODY", "text": "Hola {{1}}, your letters went out on {{2}}."}
    with alice.stage.inside():
        news = TemplateNews(
            waba_id=alice.stage.waba_id, vendor_id="1", name="letters_sent", language="en", status="approved",
            category="utility", components=[body],
        )  # fmt: skip
        actions.record_template_news([news])
    gloria.says("Are you there?", ago_s=25 * 3600)
    alice.look_at("/inbox/?view=all")
    alice.open("Gloria Restrepo")
    page = alice.page
    expect(page.locator("rd-composer .when-closed")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_be_hidden()

    page.get_by_role("button", name="Templates", exact=True).click()
    picker = page.get_by_role("dialog", name="Message templates")
    expect(picker).to_contain_text("Fill 2 fields to send")
    picker.get_by_role("button", name="Send").click(force=True)
    assert alice.product.accepted(gloria.phone) == []
    picker.get_by_label("field 1").fill("Gloria")
    picker.get_by_label("field 2").fill("May 22")
    expect(picker.locator("[data-preview]")).to_contain_text("Hola Gloria, your letters went out on May 22.")
    picker.get_by_role("button", name="Send").click()
    expect(alice.bubble("your letters went out on May 22").locator(".ticks")).to_have_attribute(
        "data-status", re.compile("delivered|read")
    )
    [sent] = alice.product.accepted(gloria.phone)
    assert sent["type"] == "template"

    page.get_by_role("button", name="Note", exact=True).click()
    alice.write("She is traveling until Monday.")
    page.get_by_role("button", name="Add note").click()
    expect(alice.bubble("traveling until Monday")).to_contain_text("Private note")
    gloria.says("Now I am back")
    expect(page.locator("rd-composer .when-closed")).to_be_hidden()
    assert len(alice.product.accepted(gloria.phone)) == 1


def test_resolve_takes_it_out_of_the_list_and_undo_brings_it_back(hire: Hire, meet: Meet) -> None:
    alice, sana = hire("alice"), meet("Sana Khalid")
    sana.says("Thanks, that was all")
    alice.look_at("/inbox/?view=all")
    alice.open("Sana Khalid")
    alice.page.get_by_role("button", name="Resolve").click()
    expect(alice.row("Sana Khalid")).to_have_count(0)
    alice.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(alice.row("Sana Khalid")).to_have_count(1)
    expect(alice.page.get_by_role("button", name="Resolve")).to_be_visible()


def test_long_conversation_loads_older_messages_and_stays_where_it_was(hire: Hire, meet: Meet) -> None:
    alice, terrence = hire("alice"), meet("Terrence Wade")
    for number in range(70):
        terrence.says(f"line {number:02}", ago_s=7000 - number * 60)
    alice.look_at("/inbox/?view=all")
    expect(alice.row("Terrence Wade")).to_contain_text("line 69")
    alice.open("Terrence Wade")
    expect(alice.page.locator("#msgs .msg")).to_have_count(50)
    alice.page.locator("rd-thread").evaluate("thread => { thread.scrollTop = 0 }")
    expect(alice.page.locator("#msgs .msg")).to_have_count(70)
    texts = alice.page.locator("#msgs .bub__text").all_inner_texts()
    assert texts == [f"line {number:02}" for number in range(70)]
    terrence.says("line 70")
    expect(alice.page.locator("#new-messages")).to_have_text("1 new message")


def test_keyboard_alone_is_enough(hire: Hire, meet: Meet) -> None:
    alice, hannah = hire("alice"), meet("Hannah Moreau")
    hannah.says("Signing tonight")
    alice.look_at("/inbox/?view=all")
    expect(alice.row("Hannah Moreau")).to_be_visible()
    keyboard = alice.page.keyboard
    keyboard.press("j")
    keyboard.press("Enter")
    expect(alice.page.locator("#thread-head h2")).to_have_text("Hannah Moreau")
    keyboard.press("r")
    keyboard.type("Great, e j k are only letters here")
    keyboard.press("Control+Enter")
    expect(alice.bubble("only letters here").locator(".ticks")).to_have_attribute(
        "data-status", re.compile("delivered|read")
    )
    keyboard.press("Escape")
    keyboard.press("e")
    expect(alice.page.get_by_role("button", name="Reopen")).to_be_visible()
    keyboard.press("?")
    expect(alice.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
