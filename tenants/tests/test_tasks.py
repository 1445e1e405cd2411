from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from kernel import clocks
from tenants.tasks import purge_sessions
from tests.cast import Stage


def test_only_sessions_that_have_run_out_go(northside: Stage) -> None:
    kept, gone = SessionStore(), SessionStore()
    for store in (kept, gone):
        store["user"] = "x"
        store.save()
    Session.objects.filter(session_key=gone.session_key).update(expire_date=clocks.now() - timedelta(seconds=1))
    purge_sessions()
    assert set(Session.objects.values_list("session_key", flat=True)) == {kept.session_key}
