import pickle

from integrations.errors import BreakerOpen, Fate, LimitReached, NotTried, Scope, StateUnavailable, VendorError


def test_an_error_survives_the_way_between_worker_processes():
    error = VendorError("131056", "Too many", retryable=True, fate=Fate.NOT_SENT, retry_after=6.0, scope=Scope.PAIR)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (copy.code, copy.retryable, copy.fate, copy.retry_after, copy.scope, copy.detail, copy.outage) == (
        "131056",
        True,
        Fate.NOT_SENT,
        6.0,
        Scope.PAIR,
        "",
        False,
    )


def test_refusals_of_our_own_are_vendor_errors_and_keep_their_class():
    for kind in (BreakerOpen, LimitReached, StateUnavailable):
        copy = pickle.loads(pickle.dumps(kind("X", "why", retryable=True, fate=Fate.NOT_SENT)))  # noqa: S301
        assert type(copy) is kind
        assert isinstance(copy, NotTried)


def test_an_error_reads_as_code_reason_and_detail():
    error = VendorError("100", "Not understood", retryable=False, fate=Fate.NOT_SENT, detail="text is required")
    assert str(error) == "100: Not understood (text is required)"
