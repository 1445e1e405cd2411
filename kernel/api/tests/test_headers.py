from django.http import HttpResponse

from kernel.api.headers import limit_headers, set_caching
from kernel.api.links import link_header
from kernel.api.operations import Caching
from kernel.ratelimit import Limit, Standing, Verdict

MINUTE = Standing(Limit("minute", 100, 60), 42, 17)
HOUR = Standing(Limit("hour", 1000, 3600), 7, 1800)


def test_limit_headers_of_one_limit():
    assert limit_headers(Verdict(True, (MINUTE,), 1_700_000_000.9)) == {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "42",
        "X-RateLimit-Reset": "1700000017",
        "RateLimit-Policy": '"minute";q=100;w=60',
        "RateLimit": '"minute";r=42;t=17',
        "X-Quota-Limit": "100",
        "X-Quota-Remaining": "42",
    }


def test_limit_headers_tell_the_tightest_and_the_quota_of_the_longest():
    headers = limit_headers(Verdict(True, (MINUTE, HOUR), 1_700_000_000.0))

    assert headers == {
        "X-RateLimit-Limit": "1000",
        "X-RateLimit-Remaining": "7",
        "X-RateLimit-Reset": "1700001800",
        "RateLimit-Policy": '"minute";q=100;w=60, "hour";q=1000;w=3600',
        "RateLimit": '"minute";r=42;t=17, "hour";r=7;t=1800',
        "X-Quota-Limit": "1000",
        "X-Quota-Remaining": "7",
    }


def test_set_caching_keeps_answers_apart_by_who_asks():
    response = HttpResponse()
    set_caching(response, Caching.LONG)

    assert response["Cache-Control"] == "private, max-age=600"
    assert response["Vary"] == "Authorization, Cookie, X-Tenant-ID, Accept-Language"


def test_link_header_lists_relations():
    assert link_header(next="/a?cursor=b", prev="/a") == '</a?cursor=b>; rel="next", </a>; rel="prev"'
