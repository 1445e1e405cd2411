"""More than a password, in the real browser: an app's code, and passkeys on a device that Chromium plays."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tenants import totp
from tests.cast import PASSWORD
from tests.journeys.agent import Agent
from tests.journeys.conftest import Hire
from tests.journeys.test_accessibility import PHONE, fits, problems


@pytest.fixture
def alice(hire: Hire) -> Agent:
    return hire("alice")


def plug_in_device(page: Page) -> tuple[CDPSession, str]:
    """Give the browser a device that keeps passkeys and verifies whoever asks."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def sign_in(agent: Agent) -> None:
    agent.page.goto(agent.product.url(agent.stage, "/login/"))
    agent.page.get_by_label("Email").fill(agent.member.email)
    agent.page.get_by_label("Password").fill(PASSWORD)
    agent.page.get_by_role("button", name="Sign in").click()


def sign_out(agent: Agent) -> None:
    agent.page.goto(agent.product.url(agent.stage, "/settings/"))
    agent.page.get_by_title("Alice Moreno").click()
    agent.page.get_by_role("menuitem", name="Sign out").click()


def test_app_is_set_up_and_asked_for(alice: Agent) -> None:
    page = alice.page
    page.goto(alice.product.url(alice.stage, "/settings/security/"))
    assert problems(page) == []
    page.get_by_role("link", name="Set up").click()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    assert page.get_by_role("img", name="QR code for the app").evaluate("image => image.naturalWidth") > 100
    assert problems(page) == []
    page.get_by_text("Type it in instead").click()
    secret = page.locator("details code").inner_text().replace(" ", "")
    from kernel import clocks  # noqa: PLC0415 - Django is set up only now

    page.get_by_label("The code it shows").fill(totp.code_at(secret, totp.step_of(clocks.now())))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert problems(page) == []
    recovery = page.locator(".codes li").all_inner_texts()
    assert len(recovery) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Mine").first).to_be_visible()
    sign_out(alice)
    sign_in(alice)
    expect(page.get_by_role("heading", name="One thing more")).to_be_visible()
    assert problems(page) == []
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_contain_text("That code is wrong")
    page.get_by_label("Code", exact=True).fill(recovery[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Mine").first).to_be_visible()


def test_passkey_signs_in_without_a_password(alice: Agent) -> None:
    page = alice.page
    device, device_id = plug_in_device(page)
    page.goto(alice.product.url(alice.stage, "/protect/"))
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    kept = device.send("WebAuthn.getCredentials", {"authenticatorId": device_id})["credentials"]
    assert [one["isResidentCredential"] for one in kept] == [True]
    sign_out(alice)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Mine").first).to_be_visible()
    page.goto(alice.product.url(alice.stage, "/settings/security/"))
    expect(page.get_by_text("last used")).to_be_visible()
    assert problems(page) == []


def test_passkey_stands_for_the_code_and_a_stranger_device_for_nothing(alice: Agent) -> None:
    page = alice.page
    device, device_id = plug_in_device(page)
    page.goto(alice.product.url(alice.stage, "/protect/"))
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(alice)
    device.send("WebAuthn.setUserVerified", {"authenticatorId": device_id, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("[data-passkey-problem]")).to_contain_text("No passkey was used.")
    device.send("WebAuthn.setUserVerified", {"authenticatorId": device_id, "isUserVerified": True})
    sign_in(alice)
    expect(page.get_by_role("heading", name="One thing more")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Mine").first).to_be_visible()
    page.goto(alice.product.url(alice.stage, "/settings/security/"))
    page.locator("li", has_text="last used").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("last used")).to_have_count(0)
    sign_out(alice)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("[data-passkey-problem]")).to_contain_text("That passkey did not work here.")


@pytest.mark.parametrize(("language", "theme"), [("es", "dark"), ("en", "light")])
def test_pages_fit_a_phone_and_are_clean(hire: Hire, language: str, theme: str) -> None:
    agent = hire("alice", size=PHONE, language=language, theme=theme, signed_in=False)
    page = agent.page
    page.goto(agent.product.url(agent.stage, "/login/"))
    page.locator("#email").fill(agent.member.email)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button.btn--primary").click()
    page.wait_for_url("**/inbox/**")
    for path in ("/protect/", "/prove/", "/settings/security/", "/welcome/"):
        page.goto(agent.product.url(agent.stage, path))
        assert problems(page) == []
        assert fits(page), path
