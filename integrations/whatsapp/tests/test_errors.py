import inspect

import pytest
from django.utils import translation
from pywa import errors as independent

from integrations.errors import Scope
from integrations.whatsapp.errors import (
    ERRORS,
    OWN_REASONS,
    UNKNOWN_CODE,
    Action,
    action_for,
    is_retryable,
    reason_for,
    rule_for,
)

RETRYABLE = {1, 2, 4, 17, 613, 80007, 130429, 131000, 131016, 131056, 131057}
ACTIONS = {
    Action.STOP_CHANNEL: {0, 3, 10, 190, 368, 131005, 131031, 131037, 131042, 131044, 131045, *range(200, 300)},
    Action.BACK_OFF: {4, 17, 613, 80007, 130429, 131056, 131057},
    Action.RETRY: {1, 2, 131000, 131016},
    Action.USE_TEMPLATE: {131047},
    Action.OPT_OUT: {131050},
    Action.DEFER: {130472, 131049, 131064, 132069},
    Action.STOP_TEMPLATE: {132007, 132015, 132016, 132068},
    Action.RESYNC_TEMPLATES: {132000, 132001, 132005, 132008, 132012},
    Action.ASK_HUMAN: {130497, 131048, 133016, 137000},
}


def test_exactly_these_may_be_tried_again_by_a_machine():
    assert {code for code, rule in ERRORS.items() if rule.retryable} == RETRYABLE


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_exactly_these_codes_have_an_action(action):
    assert {code for code, rule in ERRORS.items() if rule.action is action} == ACTIONS[action]


def test_scopes_of_the_limits():
    scopes = {131056: Scope.PAIR, 130429: Scope.NUMBER, 4: Scope.CHANNEL, 190: Scope.CHANNEL, 132015: Scope.TEMPLATE}
    assert {code: ERRORS[code].scope for code in scopes} == scopes


def test_the_table_knows_every_sending_code_an_independent_client_knows():
    families = (
        independent.AuthorizationError,
        independent.ThrottlingError,
        independent.IntegrityError,
        independent.SendMessageError,
    )
    kinds = [kind for _name, kind in inspect.getmembers(independent, inspect.isclass) if issubclass(kind, families)]
    known = {code for kind in kinds for code in kind.__error_codes__ or ()}
    assert len(known) > 100
    assert known - set(ERRORS) == set()


@pytest.mark.parametrize("code", sorted([*map(str, ERRORS), *OWN_REASONS]))
def test_every_reason_is_a_plain_sentence(code):
    with translation.override("en"):
        reason = reason_for(code)
    assert reason[0].isupper()
    assert reason.endswith((".", "!"))
    assert len(reason) < 160
    for word in ("API", "HTTP", "parameter", "payload", "131"):
        assert word not in reason


def test_the_closed_window_reads_the_same_from_the_vendor_and_from_us():
    assert reason_for("131047") == reason_for("WINDOW_CLOSED")


@pytest.mark.parametrize("code", ["", "99999", "9" * 5000, "²", "NOT_A_CODE", "-1"])
def test_a_code_nobody_knows_has_no_sentence(code):
    assert reason_for(code) == ""
    assert action_for(code) is Action.NONE
    assert not is_retryable(code)


def test_an_undocumented_code_is_permanent():
    assert rule_for(424242) is UNKNOWN_CODE
    assert not UNKNOWN_CODE.retryable


def test_codes_as_they_are_stored():
    assert action_for("190") is Action.STOP_CHANNEL
    assert action_for("MAYBE_SENT") is Action.NONE
    assert (is_retryable("131016"), is_retryable("131026"), is_retryable("BREAKER_OPEN")) == (True, False, False)
