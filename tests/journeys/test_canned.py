"""Canned replies by keyboard."""

from playwright.sync_api import expect

from tests.journeys.conftest import Hire, Meet


def test_slash_finds_fills_and_inserts(hire: Hire, meet: Meet) -> None:
    from conversations import actions  # noqa: PLC0415 - Django is set up only now
    from kernel.actors import SYSTEM  # noqa: PLC0415

    alice, rosa = hire("alice"), meet("Rosa Núñez")
    replies = (
        ("dispute-timeline", "Hi {{contact.first_name}}, {{agent.first_name}} here: 30 days.", "Hola {{contact.name}}"),
        ("dispute-mail", "Still {{contact.email}}?", ""),
        ("thanks", "Thank you", ""),
    )
    with alice.stage.inside():
        for shortcut, english, spanish in replies:
            values = {"shortcut": shortcut, "text_en": english, "text_es": spanish}
            actions.create_canned_reply(member_id=None, values=values, actor=SYSTEM)
    rosa.says("How long does it take?")
    alice.look_at("/inbox/?view=all")
    alice.open("Rosa Núñez")
    page, keyboard = alice.page, alice.page.keyboard
    keyboard.press("/")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    keyboard.type("DÍS")
    expect(options).to_have_count(2)
    field = page.get_by_role("textbox", name="Message")
    expect(field).to_have_attribute("aria-activedescendant", options.nth(0).get_attribute("id") or "")

    keyboard.type("pute-mail")
    expect(page.locator("rd-slash")).to_contain_text("Not known here: Email of the contact")
    keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Not known here")
    expect(page.locator("rd-composer textarea")).to_have_value("/DÍSpute-mail")

    keyboard.press("Control+a")
    keyboard.type("/time")
    keyboard.press("Enter")
    expect(page.locator("rd-slash")).to_have_count(0)
    expect(page.locator("rd-composer textarea")).to_have_value("Hi Rosa, Alice here: 30 days.")
    keyboard.press("Control+Enter")
    expect(alice.bubble("Alice here: 30 days.")).to_have_count(1)

    keyboard.type("/")
    expect(page.locator("rd-slash")).to_be_visible()
    keyboard.press("Escape")
    expect(page.locator("rd-slash")).to_have_count(0)
    expect(page.locator("rd-composer textarea")).to_have_value("")
