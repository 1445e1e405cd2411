"""A member at a browser: the page and the few moves every journey needs."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from team.types import MemberInfo
from tests.cast import PASSWORD, Stage
from tests.journeys.product import Product


@dataclass(frozen=True)
class Agent:
    """Somebody signed in, in a browser of their own."""

    page: Page
    product: Product
    stage: Stage
    member: MemberInfo

    def sign_in(self) -> None:
        """Sign in on the tenant's own page."""
        self.page.goto(self.product.url(self.stage, "/login/"))
        self.page.get_by_label("Email").fill(self.member.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Mine").first).to_be_visible()

    def look_at(self, path: str) -> None:
        """Go to an address of the tenant and wait until the page is live."""
        self.page.goto(self.product.url(self.stage, path))
        expect(self.page.locator("body")).to_have_attribute("data-live", "on")

    def row(self, name: str) -> Locator:
        """Return the row of a customer."""
        return self.page.locator("#rows [data-id]", has_text=name)

    def open(self, name: str) -> None:
        """Open a customer's conversation from the list."""
        self.row(name).click()
        expect(self.page.locator("#thread-head h2")).to_have_text(name)

    def write(self, text: str) -> None:
        """Type a reply or note without sending it."""
        self.page.get_by_label("Message", exact=True).fill(text)

    def reply(self, text: str) -> None:
        """Send a reply."""
        self.write(text)
        self.page.locator("#composer [data-send]").click()

    def bubble(self, text: str) -> Locator:
        """Return the bubbles with a text; there should never be two."""
        return self.page.locator("#msgs .msg, #msgs .note", has_text=text)
