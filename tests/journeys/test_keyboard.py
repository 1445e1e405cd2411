"""Keys and the command palette: everything without a mouse."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Hire, Meet


def test_palette_goes_to_people_and_pages_and_runs_commands(hire: Hire, meet: Meet) -> None:
    alice, rosa = hire("alice"), meet("Rosa Núñez")
    rosa.says("Is there news about Equifax?")
    alice.look_at("/inbox/?view=all")
    expect(alice.row("Rosa Núñez")).to_be_visible()
    page, keyboard = alice.page, alice.page.keyboard
    keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search and commands")
    expect(palette).to_be_visible()
    keyboard.type("nune")
    expect(palette.get_by_role("option").first).to_contain_text("Rosa Núñez")
    keyboard.press("Enter")
    expect(page.locator("#thread-head h2")).to_have_text("Rosa Núñez")

    keyboard.press("Control+k")
    keyboard.type("private no")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Private note")
    keyboard.press("Enter")
    expect(page.locator("rd-composer")).to_have_attribute("data-mode", "note")

    keyboard.press("Control+k")
    keyboard.type("zzzz")
    expect(palette).to_contain_text("Nothing matches.")
    keyboard.press("Escape")
    expect(palette).to_be_hidden()
    keyboard.press("Control+k")
    keyboard.type("canned")
    keyboard.press("ArrowDown")
    expect(palette.get_by_role("option", selected=True)).to_have_attribute("id", re.compile("^to-settings-canned"))
    keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/settings/canned-replies/$"))


def test_a_whole_day_by_keys_only(hire: Hire, meet: Meet) -> None:
    from crm import actions as crm  # noqa: PLC0415 - Django is set up only now
    from kernel.actors import SYSTEM  # noqa: PLC0415

    alice, hana = hire("alice"), meet("Hana Moreau")
    with alice.stage.inside():
        crm.create_tag(name="dispute", color="petrol", actor=SYSTEM)
    alice.look_at("/inbox/?view=all")
    hana.says("Signing tonight")
    expect(alice.row("Hana Moreau")).to_be_visible()
    page, keyboard = alice.page, alice.page.keyboard
    keyboard.press("j")
    keyboard.press("Enter")
    expect(page.locator("#thread-head h2")).to_have_text("Hana Moreau")
    expect(page.locator("#first-unread")).to_be_visible()
    keyboard.press("r")
    keyboard.type("Great")
    keyboard.press("Control+Enter")
    expect(alice.bubble("Great")).to_have_count(1)
    keyboard.press("Escape")
    keyboard.press("n")
    keyboard.type("She signs tonight")
    keyboard.press("Control+Enter")
    expect(alice.bubble("She signs tonight")).to_contain_text("Private note")
    keyboard.press("Escape")
    keyboard.press("a")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(page.locator("#assign-menu > button")).to_contain_text("Bob")
    keyboard.press("u")
    expect(alice.row("Hana Moreau").locator(".count")).to_contain_text("1")
    keyboard.press("l")
    expect(page.locator("rd-tags input")).to_be_focused()
    keyboard.type("disp")
    keyboard.press("Enter")
    expect(alice.row("Hana Moreau")).to_contain_text("dispute")
    keyboard.press("Escape")
    keyboard.press("e")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()


def test_rows_are_selected_by_key_and_changed_together(hire: Hire, meet: Meet) -> None:
    alice = hire("alice")
    for name in ("Ada One", "Ben Two", "Cleo Three", "Dan Four"):
        meet(name).says(f"Hello from {name}")
    alice.look_at("/inbox/?view=all")
    expect(alice.page.locator("#rows > [data-id]")).to_have_count(4)
    page, keyboard = alice.page, alice.page.keyboard
    bar = page.get_by_role("toolbar", name="Selected conversations")
    expect(bar).to_be_hidden()
    keyboard.press("j")
    keyboard.press("x")
    expect(bar).to_contain_text("1 selected")
    keyboard.press("j")
    keyboard.press("j")
    keyboard.press("Shift+X")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Resolve").click()
    expect(page.locator(".toast").last).to_contain_text("3 resolved")
    expect(page.locator("#rows > [data-id]")).to_have_count(1)
    expect(bar).to_be_hidden()
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(page.locator("#rows > [data-id]")).to_have_count(4)

    keyboard.press("x")
    bar.get_by_role("button", name="All", exact=True).click()
    expect(bar).to_contain_text("4 selected")
    bar.get_by_role("button", name="Assign").click()
    bar.get_by_role("menuitem", name="Bob Tran").click()
    expect(page.locator(".toast").last).to_contain_text("4 assigned")
    expect(page.locator("#rows .conv__3", has_text="Bob Tran")).to_have_count(4)
