"""Bad days of the vendor by name: the faults and the habits that make each."""

from dataclasses import dataclass, field
from typing import Any

from integrations.whatsapp.emulator.faults import Faults
from integrations.whatsapp.emulator.habits import Habits


@dataclass(frozen=True, slots=True)
class Scenario:
    """A bad day, in the terms of `inject` and `habits`."""

    what: str
    faults: tuple[dict[str, Any], ...] = ()
    habits: dict[str, Any] = field(default_factory=dict)


SCENARIOS: dict[str, Scenario] = {
    "outage": Scenario("every send is refused with 131016", ({"code": 131016, "count": 0},)),
    "slow": Scenario("every send is answered after 5 s", ({"delay_s": 5.0, "count": 0},)),
    "lost_answers": Scenario("every send is taken, no answer arrives whole", ({"drop_response": True, "count": 0},)),
    "signed_out": Scenario("the access token is refused", ({"code": 190, "count": 0},)),
    "locked": Scenario("the account is locked", ({"code": 131031, "count": 0},)),
    "unpaid": Scenario("the account has no payment method", ({"code": 131042, "count": 0},)),
    "throttled": Scenario("the number sends one message a second", habits={"number_rate": 1}),
    "spam": Scenario("every send is refused with 131048", ({"code": 131048, "count": 0},)),
    "undeliverable": Scenario(
        "every message is taken and fails by webhook", ({"code": 131026, "as_status": True, "count": 0},)
    ),
    "strict_window": Scenario("outside of 24 hours only templates, told by webhook", habits={"window": "failed"}),
    "no_files": Scenario(
        "files go neither up nor down",
        ({"edge": "media", "code": 131053, "count": 0}, {"edge": "download", "code": 131000, "count": 0}),
    ),
    "rough_webhooks": Scenario(
        "webhooks come twice, out of order and up to 50 updates at once",
        habits={"webhook_copies": 1, "webhook_disorder": True, "webhook_batch": 50},
    ),
    "late_webhooks": Scenario("webhooks come 30 s late", habits={"webhook_delay_s": 30.0}),
}


def play(name: str, faults: Faults, habits: Habits) -> None:
    """Start a bad day on top of what is. Raises KeyError."""
    scenario = SCENARIOS[name]
    for fault in scenario.faults:
        faults.inject(fault)
    habits.change(scenario.habits)
