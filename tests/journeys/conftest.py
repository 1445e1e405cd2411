"""The product running, browsers, and a fresh tenant for each journey."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from kernel.testing.browser import find
from tests.cast import Stage
from tests.journeys.agent import Agent
from tests.journeys.product import Customer, Product

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP = (1440, 900)
PATIENCE_MS = 15_000

Hire = Callable[..., Agent]
Meet = Callable[..., Customer]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every journey, keep all of them in one process, and skip them in one line without a browser."""
    reason = pytest.mark.skip(reason="no Chromium on this machine, so the browser journeys are not run")
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("journeys"))
        if find() is None:
            item.add_marker(reason)


@pytest.fixture(autouse=True)
def _playwright_runs_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Django work beside the event loop that Playwright's own thread keeps running."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="package")
def product(
    _stages: dict[str, Stage], tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Product]:
    """The processes on this test's database."""
    product = Product(tmp_path_factory.mktemp("product"))
    try:
        with django_db_blocker.unblock():
            product.start_all()
        yield product
    finally:
        product.stop_all()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one module: while it is there its event loop is in the way of other tests."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The browser."""
    browser = playwright.chromium.launch(executable_path=find(), args=FLAGS, headless=True)
    yield browser
    browser.close()


@pytest.fixture
def stage(committed: Callable[[str], Stage], product: Product, settings: Settings) -> Stage:
    """A tenant of this journey's own, whose customers' messages the product believes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # as the processes hash
    from ingest.actions import seed_vendor_app  # noqa: PLC0415 - Django is set up only now

    seed_vendor_app(
        vendor="whatsapp", label="environment",
        secret=os.environ["WHATSAPP_APP_SECRET"], verify_token=os.environ["WHATSAPP_VERIFY_TOKEN"],
    )  # fmt: skip
    product.heal()
    return committed("journey")


@pytest.fixture
def hire(browser: Browser, product: Product, stage: Stage) -> Iterator[Hire]:
    """Give members a browser each: `hire("alice")`, with a size, a language, a theme."""
    contexts: list[BrowserContext] = []

    def hire(
        name: str,
        *,
        size: tuple[int, int] = DESKTOP,
        language: str = "en",
        theme: str = "light",
        signed_in: bool = True,
    ) -> Agent:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, bypass_csp=False)
        context.set_default_timeout(PATIENCE_MS)
        url = product.url(stage)
        context.add_cookies(
            [
                {"name": "redress_language", "value": language, "url": url},
                {"name": "redress_theme", "value": theme, "url": url},
            ]
        )
        contexts.append(context)
        agent = Agent(context.new_page(), product, stage, stage.members[name])
        if signed_in:
            agent.sign_in()
        return agent

    yield hire
    for context in contexts:
        context.close()


@pytest.fixture
def meet(product: Product, stage: Stage) -> Meet:
    """Bring in customers by name; each has a phone of their own."""
    known: list[str] = []

    def meet(name: str, phone: str = "") -> Customer:
        known.append(name)
        return Customer(product, stage, phone or f"+1786555{len(known):04}", name)

    return meet
