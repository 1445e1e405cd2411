"""Every page for everybody: axe finds nothing, in both themes, both languages, on a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, Hire, Meet

PHONE, SMALL_DESK = (390, 844), (1000, 760)
LOOKS = [
    ("light", "en", DESKTOP), ("dark", "en", DESKTOP), ("light", "es", DESKTOP), ("dark", "es", PHONE),
    ("light", "en", PHONE), ("dark", "en", SMALL_DESK),
]  # fmt: skip

axe = Axe()


def problems(page: Page) -> list[str]:
    found = axe.run(page).response["violations"]
    return [f"{page.url}: {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize(("theme", "language", "size"), LOOKS)
def test_axe_finds_nothing(hire: Hire, meet: Meet, theme: str, language: str, size: tuple[int, int]) -> None:
    meet("Maribel Ortega").says("¿Puedo hablar con una persona?")
    visitor = hire("owner", size=size, language=language, theme=theme, signed_in=False)
    page = visitor.page
    page.goto(visitor.product.url(visitor.stage, "/login/"))
    assert problems(page) == []
    assert fits(page)
    page.locator("#email").fill(visitor.member.email)
    page.locator("#password").fill("wrong")
    page.locator("main button.btn--primary").click()
    expect(page.locator("#problem")).to_be_visible()
    assert problems(page) == []
    page.locator("#password").fill("correct horse battery")
    page.locator("main button.btn--primary").click()
    expect(page.locator("#rows")).to_be_attached()
    assert problems(page) == []

    visitor.look_at("/inbox/?view=all")
    visitor.open("Maribel Ortega")
    expect(visitor.bubble("una persona")).to_be_visible()
    assert problems(page) == []
    assert fits(page)
    page.locator(".box [data-command=template]").click()
    expect(page.locator("rd-templates")).to_be_visible()
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    assert problems(page) == []
    page.keyboard.press("Escape")
    look_for_things(page)
    for path in (
        "/settings/", "/settings/members/", "/settings/outlets/", "/settings/outlets/new/", "/settings/templates/",
        "/settings/business/", "/settings/audit/", "/settings/web-chat/", "/settings/keys/", "/no-such-page/",
        "/admin/", "/admin/team/member/", f"/admin/team/member/{visitor.member.id}/role/", "/admin/events/event/",
        "/settings/canned-replies/", "/settings/canned-replies/new/", "/notifications/",
    ):  # fmt: skip
        page.goto(visitor.product.url(visitor.stage, path))
        assert problems(page) == []
        assert fits(page)


def look_for_things(page: Page) -> None:
    """Open what finds and what selects, one after the other, on a page with an open conversation."""
    page.keyboard.press("/")
    expect(page.locator("rd-slash")).to_be_visible()
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [data-run=reply]")).to_be_visible()
    assert problems(page) == []
    page.keyboard.press("Escape")
    if not page.locator("#find").is_visible():
        page.locator("[data-go=list]").click()
    page.locator("#find").fill("puedo")
    expect(page.locator("#found [data-hit]")).to_have_count(1)
    assert problems(page) == []
    page.locator("#find").press("Escape")
    page.locator("#rows [data-select]").first.check(force=True)
    expect(page.locator("rd-bulk")).to_be_visible()
    assert problems(page) == []
    assert fits(page)


def test_public_page_is_clean(hire: Hire) -> None:
    visitor = hire("alice", signed_in=False)
    visitor.page.goto(f"http://localhost:{visitor.product.web_port}/")
    expect(visitor.page.get_by_role("heading", name="Find your business")).to_be_visible()
    assert problems(visitor.page) == []
    visitor.page.locator("#slug").fill(visitor.stage.tenant.slug)
    visitor.page.get_by_role("button", name="Go to sign in").click()
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
