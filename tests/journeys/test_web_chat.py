"""A visitor of a tenant's website talks with the team through the chat in its corner."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from conversations.web_chat.actions import create_web_chat
from kernel.actors import SYSTEM
from tests.cast import Stage
from tests.journeys.conftest import Hire
from tests.journeys.product import Product
from tests.journeys.test_accessibility import problems

SITE = """<!doctype html><html lang="{lang}"><head><title>A credit shop</title></head>
<body><main><h1>A credit shop</h1></main>
<script src="{host}/chat/widget.js" data-chat="{chat}" async></script></body></html>"""


class Site(BaseHTTPRequestHandler):
    """A website of somebody else's, as strict as sites get: nothing inline, and only the chat from outside."""

    def __init__(self, html: str, host: str, *args: object) -> None:
        self.html, self.host = html, host
        super().__init__(*args)  # type: ignore[arg-type]  # the server's own

    def do_GET(self) -> None:
        """Answer with the one page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        policy = f"default-src 'none'; script-src {self.host}; frame-src {self.host}; style-src 'self'"
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(self.html.encode())

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class Shop:
    """The website with the chat, and the pages of its visitors."""

    def __init__(self, browser: Browser, product: Product, stage: Stage, language: str) -> None:
        self.browser, self.host = browser, product.url(stage).rstrip("/")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        with stage.inside():
            self.chat: UUID = create_web_chat(name="Website", origins=[self.url], actor=SYSTEM)
        html = SITE.format(lang=language, host=self.host, chat=self.chat)
        self.server.RequestHandlerClass = partial(Site, html, self.host)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def visitor(self, size: tuple[int, int] = (1200, 800)) -> Page:
        """Return a page on which the chat is there to be opened."""
        page = self.browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
        page.goto(self.url)
        return page


@pytest.fixture
def shop(browser: Browser, product: Product, stage: Stage) -> Iterator[Shop]:
    shop = Shop(browser, product, stage, "en")
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_a_visitor_and_the_team_talk(shop: Shop, hire: Hire) -> None:
    alice = hire("alice")
    alice.look_at("/inbox/?view=all")
    page = shop.visitor()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.get_by_role("button", name="Chat with us").click()
    chat = frame_of(page)
    expect(chat.get_by_text("Hello! How can we help you?")).to_be_visible()
    chat.get_by_label("Your name").fill("Rosa Díaz")
    page.wait_for_timeout(1200)  # nobody is quicker than a second
    chat.get_by_label("Message", exact=True).fill("Do you help with <b>collections</b>?")
    chat.get_by_label("Message", exact=True).press("Enter")

    expect(chat.locator(".say--you")).to_contain_text("Do you help with <b>collections</b>?")
    expect(alice.row("Rosa Díaz")).to_contain_text("Do you help")
    alice.open("Rosa Díaz")
    expect(alice.page.locator("#window")).to_contain_text("The visitor sees answers on the website")
    chat.get_by_label("Message", exact=True).press_sequentially("And another thing", delay=250)
    expect(alice.page.locator("#customer-typing")).to_contain_text("Rosa is typing")
    alice.reply("We do. It takes some months.")
    expect(chat.locator(".say--team").last).to_contain_text("We do. It takes some months.")
    expect(chat.locator(".say--team").last).to_contain_text("Alice")
    expect(alice.bubble("We do.")).to_contain_text("Read")

    page.get_by_role("button", name="Close the chat").first.click()
    alice.reply("Shall we talk tomorrow?")
    expect(page.get_by_role("button", name="1 new messages")).to_be_visible()
    expect(alice.bubble("Shall we talk")).to_contain_text("Delivered")
    page.reload()
    expect(page.get_by_role("button", name="1 new messages")).to_be_visible()
    page.get_by_role("button", name="1 new messages").click()
    expect(frame_of(page).locator(".say")).to_have_count(4)
    expect(alice.bubble("Shall we talk")).to_contain_text("Read")
    assert heard == []


def test_two_visitors_are_two_conversations(shop: Shop, hire: Hire) -> None:
    alice = hire("alice")
    alice.look_at("/inbox/?view=all")
    for text in ("I am the first", "I am the second"):
        page = shop.visitor((390, 844))
        page.get_by_role("button", name="Chat with us").click()
        page.wait_for_timeout(1200)
        frame_of(page).get_by_label("Message", exact=True).fill(text)
        frame_of(page).get_by_role("button", name="Send").click()
        expect(frame_of(page).locator(".say--you")).to_have_count(1)
    expect(alice.page.locator("#rows [data-id]")).to_have_count(2)


@pytest.mark.parametrize("size", [(390, 844), (1200, 800)])
@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing(shop: Shop, size: tuple[int, int], language: str) -> None:
    page = shop.browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(f"{shop.host}/chat/{shop.chat}/?lang={language}")
    page.wait_for_timeout(1200)
    page.get_by_label({"en": "Message", "es": "Mensaje"}[language], exact=True).fill("¿Hola?")
    page.get_by_role("button", name={"en": "Send", "es": "Enviar"}[language]).click()
    expect(page.locator(".say--you")).to_have_count(1)

    assert problems(page) == []


def test_a_site_that_is_not_on_the_list_gets_no_chat(shop: Shop) -> None:
    page = shop.browser.new_context().new_page()
    page.goto(shop.url.replace("127.0.0.1", "localhost"))
    with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
        page.get_by_role("button", name="Chat with us").click()
