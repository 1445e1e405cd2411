"""The pages for developers: both show the whole API under the site's own policy, and an operation can be tried."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.journeys.agent import Agent
from tests.journeys.conftest import Hire
from tests.journeys.test_accessibility import problems


def watch(page: Page) -> list[str]:
    """Collect what a page complains about."""
    heard: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    page.on("console", complain)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def elsewhere(agent: Agent, asked: list[str]) -> list[str]:
    here = (agent.product.url(agent.stage), "data:")
    return [url for url in asked if not url.startswith(here)]


def test_swagger_shows_operations_and_a_member_tries_one(hire: Hire) -> None:
    alice = hire("alice")
    page, asked = alice.page, []
    heard = watch(page)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(alice.product.url(alice.stage, "/developers/"))
    expect(page.get_by_role("heading", name="Redress API")).to_be_visible()
    operation = page.locator("#operations-Conversations-listConversations")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    with page.expect_response(lambda response: "/api/v1/conversations/?" in response.url) as answered:
        operation.get_by_role("button", name="Execute").click()

    assert answered.value.status == 200
    for name in ("updateConversation", "markConversationSeen"):
        page.locator(f"#operations-Conversations-{name} .opblock-summary-control").click()
        expect(page.locator(f"#operations-Conversations-{name} .responses-table").first).to_be_visible()
    page.locator("#operations-Conversations-updateConversation").get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.locator(".modal-ux")).to_be_visible()
    assert problems(page) == []
    page.get_by_role("button", name="Close").first.click()
    expect(operation.locator(".live-responses-table").get_by_text('"success": true').first).to_be_visible()
    assert heard == []
    assert elsewhere(alice, asked) == []


def test_redoc_shows_the_reference(hire: Hire) -> None:
    alice = hire("alice", signed_in=False)
    page, asked = alice.page, []
    heard = watch(page)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(alice.product.url(alice.stage, "/developers/redoc/"))

    expect(page.get_by_role("heading", name="Redress API")).to_be_visible()
    expect(page.get_by_role("heading", name="Send a message to a phone number")).to_be_visible()
    expect(page.get_by_text("IDEMPOTENCY_MISMATCH").first).to_be_attached()
    assert heard == []
    assert elsewhere(alice, asked) == []


@pytest.mark.parametrize("address", ["/developers/", "/developers/redoc/"])
def test_axe_finds_nothing(hire: Hire, address: str) -> None:
    alice = hire("alice", signed_in=False)
    alice.page.goto(alice.product.url(alice.stage, address))
    expect(alice.page.get_by_role("heading", name="Redress API")).to_be_visible()
    expect(alice.page.get_by_role("navigation", name="Documentation")).to_be_visible()

    assert problems(alice.page) == []
