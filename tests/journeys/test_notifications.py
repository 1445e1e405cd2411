"""A note names a colleague: they hear of it, find it again and open it; who wrote it hears nothing."""

from playwright.sync_api import expect

from tests.cast import PASSWORD
from tests.journeys.conftest import Hire, Meet
from tests.journeys.test_accessibility import PHONE, fits, problems


def test_a_mention_reaches_the_colleague_and_leads_to_the_note(hire: Hire, meet: Meet) -> None:
    meet("Maribel Ortega").says("¿Hay noticias?")
    alice, bob = hire("alice"), hire("bob")
    for agent in (alice, bob):
        agent.look_at("/inbox/?view=all")
    alice.open("Maribel Ortega")
    alice.page.get_by_role("button", name="Note", exact=True).click()
    field = alice.page.get_by_label("Message", exact=True)
    field.press_sequentially("Ask @")
    listed = alice.page.get_by_role("listbox", name="Colleagues")
    expect(listed).to_be_visible()
    assert problems(alice.page) == []
    expect(listed.get_by_role("option", name="Alice Moreno")).to_have_count(0)
    field.press_sequentially("BÓb")
    expect(listed.get_by_role("option")).to_have_count(1)
    expect(field).to_have_attribute("aria-activedescendant", f"mention-{bob.member.id}")
    field.press("Enter")
    expect(field).to_have_value("Ask @Bob Tran ")
    expect(listed).to_have_count(0)
    field.press_sequentially("to call")
    alice.page.get_by_role("button", name="Add note").click()
    expect(alice.bubble("to call").locator(".mention")).to_have_text("@Bob Tran")

    expect(bob.page.locator("rd-toasts")).to_contain_text("Alice Moreno mentioned you about Maribel Ortega")
    bell = bob.page.locator('.side [data-count="notifications"]')
    expect(bell).to_have_text("1")
    expect(bob.page).to_have_title("(1) All open · Redress")
    bob.page.reload()
    expect(bell).to_have_text("1")
    expect(alice.page.locator('.side [data-count="notifications"]')).to_have_text("0")

    bob.page.get_by_role("link", name="Notifications").first.click()
    expect(bob.page.get_by_role("heading", name="Notifications")).to_be_visible()
    assert problems(bob.page) == []
    bob.page.locator(".told__b").click()
    expect(bob.bubble("to call")).to_be_visible()
    expect(bell).to_have_text("0")
    expect(bob.page).to_have_title("Maribel Ortega · Redress")

    field.press_sequentially("@Bob Tran once more")
    alice.page.get_by_role("button", name="Add note").click()
    expect(bob.bubble("once more")).to_be_visible()
    expect(bob.page.locator("rd-toasts")).not_to_contain_text("mentioned you")
    expect(bell).to_have_text("0")


def test_choices_stay_and_a_refusing_browser_is_told(hire: Hire) -> None:
    bob = hire("bob", size=PHONE, language="es", theme="dark", signed_in=False)
    page = bob.page
    page.goto(bob.product.url(bob.stage, "/login/"))
    page.locator("#email").fill(bob.member.email)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button.btn--primary").click()
    expect(page.locator("#rows")).to_be_attached()
    for path in ("/notifications/", "/settings/"):
        page.goto(bob.product.url(bob.stage, path))
        expect(page.locator("#kind-mention, .empty").first).to_be_visible()
        assert problems(page) == []
        assert fits(page)
    with page.expect_response("**/settings/notifications/"):
        page.locator("#sound").check()
    with page.expect_response("**/settings/notifications/"):
        page.locator("#kind-assigned").uncheck()
    page.reload()
    expect(page.locator("#sound")).to_be_checked()
    expect(page.locator("#kind-assigned")).not_to_be_checked()
    page.locator("#popup").click()
    expect(page.locator("rd-toasts")).to_contain_text("Este navegador no permite")
    expect(page.locator("#popup")).not_to_be_checked()
