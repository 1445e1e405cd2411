"""Two people and one conversation: each sees what the other does, drafts survive, nobody answers twice by accident."""

from playwright.sync_api import expect

from tests.journeys.conftest import Hire, Meet


def test_note_assignment_and_takeover_are_seen_by_the_other(hire: Hire, meet: Meet) -> None:
    meet("Jerome Baptiste").says("Can we move it?")
    import time
    alice, bob = hire("alice"), hire("bob")
    t0=time.time()
    for who, ag in (("BOB", bob), ("ALICE", alice)):
        ag.page.on("websocket",lambda ws, who=who: (print(who,"OPEN"), ws.on("framereceived",lambda f: print(round(time.time()-t0,2),who,"<<",f[:90])),ws.on("framesent",lambda f: print(round(time.time()-t0,2),who,">>",f[:90])), ws.on("close",lambda *_: print(round(time.time()-t0,2),who,"CLOSE"))))
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
    print(round(time.time()-t0,2),"H")
    bob.page.keyboard.press("h")
    bob.page.wait_for_timeout(8000)
    import subprocess
    print(subprocess.run(["tail","-c","3000",str(bob.product.directory/"web.log")],capture_output=True,text=True).stdout)
    expect(alice.page.locator("#handoff")).to_contain_text("Customer asked for a human")
    alice.page.locator("#handoff").get_by_role("button", name="Take over").click()
    expect(bob.page.locator("#assign-menu > button")).to_contain_text("Alice")
    expect(bob.page.locator("#handoff .handoff")).to_have_count(0)


