"""Coming in: the right password, wrong ones until the door is locked, strangers, a suspended business."""

from playwright.sync_api import expect

from tests.cast import PASSWORD
from tests.journeys.conftest import Hire


def test_member_signs_in_and_out(hire: Hire) -> None:
    alice = hire("alice")
    expect(alice.page).to_have_url(alice.product.url(alice.stage, "/inbox/"))
    alice.page.get_by_title("Alice Moreno").click()
    alice.page.get_by_role("menuitem", name="Sign out").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    alice.page.goto(alice.product.url(alice.stage, "/inbox/"))
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_wrong_passwords_say_how_many_tries_are_left_and_then_lock(hire: Hire) -> None:
    alice = hire("alice", signed_in=False)
    page = alice.page
    page.goto(alice.product.url(alice.stage, "/login/"))
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left", "Try again in 15 minutes"):
        page.get_by_label("Email").fill(alice.member.email)
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text(left)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many tries")


def test_language_and_theme_stay(hire: Hire) -> None:
    alice = hire("alice", signed_in=False)
    page = alice.page
    page.goto(alice.product.url(alice.stage, "/login/"))
    page.get_by_role("button", name="ES").click()
    expect(page.get_by_role("heading", name="Iniciar sesión")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("button", name="Cambiar el tema").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("heading", name="Iniciar sesión")).to_be_visible()


def test_suspended_tenant_sees_a_plain_page(hire: Hire) -> None:
    from kernel.actors import SYSTEM  # noqa: PLC0415 - Django is set up only now
    from tenants import actions  # noqa: PLC0415

    alice = hire("alice")
    actions.suspend_tenant(tenant_id=alice.stage.tenant.id, reason="unpaid", actor=SYSTEM)
    _forget_everywhere(alice.product.environment())
    alice.page.wait_for_timeout(800)
    alice.page.goto(alice.product.url(alice.stage, "/inbox/"))
    expect(alice.page.get_by_role("heading", name="This account is suspended.")).to_be_visible()


def _forget_everywhere(environment: dict[str, str]) -> None:
    """Tell the processes what a command of their own would have told them: tenants have changed."""
    import redis  # noqa: PLC0415

    with redis.Redis.from_url(environment["REDIS_URL"]) as client:
        client.incr(environment["REDIS_PREFIX"] + "tenants:generation")
