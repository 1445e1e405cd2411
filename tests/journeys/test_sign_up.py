"""A business starts: the form, the mail, the first page; then a new password, in the real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Hire
from tests.journeys.test_accessibility import PHONE, fits, problems
from tests.journeys.test_second_factor import plug_in_device

WORDS = "seven green lanterns"


@pytest.fixture
def slug(stage: object) -> object:
    """Name a business of this journey, which goes with it."""
    from kernel.anchors.models import Anchor  # noqa: PLC0415 - Django is set up only now
    from kernel.tenancy import PUBLIC, tenant_context  # noqa: PLC0415 - Django is set up only now
    from tenants.models import Tenant, User  # noqa: PLC0415
    from tenants.schemas import drop_schema  # noqa: PLC0415

    slug = "bluebird-journey"
    yield slug
    with tenant_context(PUBLIC):
        for row in Tenant.objects.filter(slug=slug):
            drop_schema(row.schema_name)
            Anchor.objects.filter(schema_name=row.schema_name).delete()
        Tenant.objects.filter(slug=slug).delete()
        User.objects.filter(email="nora@bluebird.example").delete()


def fill_in(page: Page, slug: str) -> None:
    page.get_by_label("Business name").fill("Bluebird Journey")
    page.get_by_label("Your name").focus()
    expect(page.get_by_label("Address", exact=True)).to_have_value(slug)
    expect(page.get_by_text("This address is free.")).to_be_visible()
    page.get_by_label("Your name").fill("Nora Fields")
    page.get_by_label("Email").fill("nora@bluebird.example")
    page.get_by_label("Password").fill(WORDS)


def test_a_business_starts(hire: Hire, slug: str) -> None:
    visitor = hire("alice", signed_in=False)
    page, product = visitor.page, visitor.product
    page.goto(f"http://localhost:{product.web_port}/")
    page.get_by_role("link", name="Start with Redress").click()
    assert problems(page) == []
    fill_in(page, slug)
    page.get_by_role("button", name="Create my place").click()
    expect(page.get_by_text("Accept the terms to go on.")).to_be_visible()
    assert problems(page) == []
    page.get_by_label("I accept the terms of use").check()
    page.get_by_label("Password").fill(WORDS)
    page.get_by_role("button", name="Create my place").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert problems(page) == []
    page.goto(product.link_in_mail("nora@bluebird.example", "Confirm your email"))
    assert problems(page) == []
    page.get_by_role("button", name="Confirm and start").click()
    expect(page.get_by_role("heading", name="Protect your login")).to_be_visible()
    assert problems(page) == []
    plug_in_device(page)
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Bluebird Journey is ready")).to_be_visible()
    expect(page).to_have_url(f"http://{slug}.localhost:{product.web_port}/welcome/")
    assert problems(page) == []
    page.goto(f"http://{slug}.localhost:{product.web_port}/settings/branding/")
    page.get_by_label("Color of buttons").fill("#ff8800")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The nearest that works is")).to_be_visible()
    assert problems(page) == []
    page.goto(f"http://{slug}.localhost:{product.web_port}/welcome/")
    page.get_by_role("link", name="Protect your login").click()
    expect(page.get_by_role("heading", name="Signed in on these devices")).to_be_visible()
    assert problems(page) == []


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("es", "light")])
def test_pages_for_strangers_fit_a_phone_and_are_clean(hire: Hire, language: str, theme: str) -> None:
    visitor = hire("alice", signed_in=False, size=PHONE, language=language, theme=theme)
    public = f"http://localhost:{visitor.product.web_port}"
    visitor.page.context.add_cookies(
        [{"name": "redress_language", "value": language, "url": public},
         {"name": "redress_theme", "value": theme, "url": public}]
    )  # fmt: skip
    tenant = visitor.product.url(visitor.stage, "")
    for address in (
        f"{public}/signup/", f"{public}/signup/sent/?again=1", f"{public}/signup/x/", f"{public}/terms/",
        f"{tenant}/password/?sent=1", f"{tenant}/password/x/", f"{tenant}/invitation/x/", f"{tenant}/login/?changed=1",
    ):  # fmt: skip
        visitor.page.goto(address)
        assert problems(visitor.page) == []
        assert fits(visitor.page), address


def test_forgotten_password(hire: Hire) -> None:
    alice = hire("alice", signed_in=False)
    page, product = alice.page, alice.product
    page.goto(product.url(alice.stage, "/login/"))
    page.get_by_role("link", name="Forgot it?").click()
    page.get_by_label("Email").fill(alice.member.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("status")).to_contain_text("Look into your mail.")
    page.goto(product.link_in_mail(alice.member.email, "Choose a new password"))
    page.get_by_label("New password").fill(WORDS)
    page.get_by_role("button", name="Save password").click()
    page.get_by_label("Email").fill(alice.member.email)
    page.get_by_label("Password").fill(WORDS)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Mine").first).to_be_visible()
