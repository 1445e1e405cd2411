"""Looking for people and words, and going to where they were said."""

from playwright.sync_api import expect

from tests.journeys.conftest import Hire, Meet

PHONE = (390, 844)


def test_result_opens_the_conversation_at_the_message(hire: Hire, meet: Meet) -> None:
    alice, rosa = hire("alice"), meet("Rosa Núñez")
    for number in range(90):
        rosa.says("¿Llegó mi carta?" if number == 10 else f"line {number:02}", ago_s=7000 - number * 60)
    alice.look_at("/inbox/?view=unassigned")
    expect(alice.row("Rosa Núñez")).to_contain_text("line 89")
    page = alice.page
    page.keyboard.press("f")
    page.keyboard.type("cárt")
    hit = page.locator("#found [data-hit]")
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text("cart")
    page.keyboard.press("Enter")
    target = page.locator(".is-target")
    expect(target).to_contain_text("¿Llegó mi carta?")
    expect(target).to_be_in_viewport()
    expect(alice.bubble("line 89")).to_have_count(0)

    rosa.says("Are you there?")
    expect(page.locator("#new-messages")).to_have_text("1 new message")
    expect(target).to_be_in_viewport()
    page.locator("#new-messages").click()
    expect(alice.bubble("Are you there?")).to_be_in_viewport()
    expect(page.locator("#new-messages")).to_be_hidden()

    page.locator("#find").press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    page.locator("#find").focus()
    expect(page.locator("#found")).to_contain_text("cárt")


def test_reading_on_from_a_result_reaches_the_newest(hire: Hire, meet: Meet) -> None:
    alice, omar = hire("alice"), meet("Omar Delgado")
    for number in range(120):
        omar.says("needle" if number == 60 else f"line {number:03}", ago_s=9000 - number * 60)
    alice.look_at("/inbox/?view=all")
    expect(alice.row("Omar Delgado")).to_contain_text("line 119")
    page = alice.page
    page.locator("#find").fill("needle")
    page.locator("#found [data-hit]").click()
    expect(page.locator("#msgs .msg")).to_have_count(51)
    thread = page.locator("rd-thread")
    thread.evaluate("thread => { thread.scrollTop = thread.scrollHeight }")
    expect(alice.bubble("line 119")).to_have_count(1)
    thread.evaluate("thread => { thread.scrollTop = 0 }")
    expect(page.locator("#msgs .msg")).to_have_count(120)
    expected = ["needle" if number == 60 else f"line {number:03}" for number in range(120)]
    assert page.locator("#msgs .bub__text").all_inner_texts() == expected


def test_phone_finds_by_last_digits_and_goes_back_to_the_results(hire: Hire, meet: Meet) -> None:
    alice, maria = hire("alice", size=PHONE), meet("María Peña", "+17865554321")
    maria.says("Hola")
    alice.look_at("/inbox/?view=all")
    expect(alice.row("María Peña")).to_be_visible()
    alice.page.locator("#find").fill("4321")
    alice.page.locator("#found [data-hit]").first.click()
    expect(alice.page.locator("#thread-head h2")).to_have_text("María Peña")
    alice.page.get_by_role("button", name="Back to list").click()
    expect(alice.page.locator("#found [data-hit]").first).to_be_visible()
    alice.page.locator("#find").fill("zzzz")
    expect(alice.page.locator("#found")).to_contain_text("Nothing found for “zzzz”")
