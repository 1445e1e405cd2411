"""Two people and one conversation: each sees what the other does, drafts survive, nobody answers twice by accident."""

from playwright.sync_api import expect

from tests.journeys.conftest import Hire, Meet


def test_two_agents_see_each_other(hire: Hire, meet: Meet) -> None:
    maribel = meet("Maribel Ortega")
    maribel.says("Hello")
    alice, bob = hire("alice"), hire("bob")
    for agent in (alice, bob):
        agent.look_at("/inbox/?view=all")
        agent.open("Maribel Ortega")
    expect(alice.page.locator("rd-viewers")).to_contain_text("Bob is viewing")
    expect(bob.page.locator("rd-viewers")).to_contain_text("Alice is viewing")

    bob.page.get_by_label("Message", exact=True).press_sequentially("I will take")
    expect(alice.page.locator("rd-viewers.typing-now")).to_contain_text("Bob is typing a reply")
    alice.reply("Mine is quicker")
    expect(alice.page.get_by_text("Bob is typing a reply. Send anyway?")).to_be_visible()
    expect(alice.bubble("Mine is quicker")).to_have_count(0)
    assert alice.product.accepted(maribel.phone) == []
    alice.page.get_by_role("button", name="Wait").click()
    expect(alice.page.get_by_label("Message", exact=True)).to_have_value("Mine is quicker")

    bob.reply("I will take it from here")
    bob.page.get_by_role("button", name="Send anyway").click()
    for agent in (alice, bob):
        expect(agent.bubble("I will take it from here")).to_have_count(1)
        expect(agent.page.locator("#assign-menu > button")).to_contain_text("Bob")


def test_note_assignment_and_takeover_are_seen_by_the_other(hire: Hire, meet: Meet) -> None:
    meet("Jerome Baptiste").says("Can we move it?")
    alice, bob = hire("alice"), hire("bob")
    for agent in (alice, bob):
        agent.look_at("/inbox/?view=all")
        agent.open("Jerome Baptiste")
    alice.page.get_by_role("button", name="Note", exact=True).click()
    alice.write("@Bob he means Thursday")
    alice.page.get_by_role("button", name="Add note").click()
    expect(bob.bubble("he means Thursday")).to_contain_text("Alice Moreno")

    alice.page.locator("#assign-menu > button").click()
    alice.page.locator("#assign-menu").get_by_role("menuitemradio", name="Bob Tran").click()
    expect(bob.page.locator("#assign-menu > button")).to_contain_text("Bob")
    expect(bob.page.locator('.side__views [data-count="mine"]')).to_have_text("1")
    bob.page.keyboard.press("Escape")
    bob.page.keyboard.press("h")
    expect(alice.page.locator("#handoff")).to_contain_text("Customer asked for a human")
    alice.page.locator("#handoff").get_by_role("button", name="Take over").click()
    expect(bob.page.locator("#assign-menu > button")).to_contain_text("Alice")
    expect(bob.page.locator("#handoff .handoff")).to_have_count(0)


def test_draft_is_kept_on_the_server_and_colleagues_know_of_it(hire: Hire, meet: Meet) -> None:
    meet("Paul Nguyen").says("Is it free?")
    alice, bob = hire("alice"), hire("bob")
    for agent in (alice, bob):
        agent.look_at("/inbox/?view=all")
        agent.open("Paul Nguyen")
    with alice.page.expect_response("**/draft/"):
        alice.write("Yes, and it takes 30 minutes")
    expect(bob.page.locator("rd-viewers")).to_contain_text("Alice has an unsent draft")
    elsewhere = hire("alice")
    elsewhere.look_at("/inbox/?view=all")
    elsewhere.open("Paul Nguyen")
    expect(elsewhere.page.get_by_label("Message", exact=True)).to_have_value("Yes, and it takes 30 minutes")


def test_viewer_sees_and_cannot_write(hire: Hire, meet: Meet) -> None:
    from kernel.actors import SYSTEM  # noqa: PLC0415 - Django is set up only now
    from tenants import actions  # noqa: PLC0415

    meet("Omar Delgado").says("Hello")
    bob = hire("bob", signed_in=False)
    actions.change_role(member_id=bob.member.id, role="viewer", actor=SYSTEM)
    bob.sign_in()
    bob.look_at("/inbox/?view=all")
    bob.open("Omar Delgado")
    expect(bob.page.get_by_text("You can read conversations here, but not answer them.")).to_be_visible()
    expect(bob.page.get_by_role("button", name="Resolve")).to_have_count(0)
