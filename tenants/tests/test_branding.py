"""Branding: colors that can be read, logos that are nothing but pictures, and where both show."""

import io
import json
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kernel.actors import SYSTEM
from kernel.errors import Invalid
from kernel.events.models import Event
from tenants import actions, colors, images, queries
from tenants.models import Email, Logo
from tests.cast import Stage

COLOR = "#7a1f3d"


def picture(size: tuple[int, int] = (600, 300), kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (122, 31, 61)).save(file, kind, **options)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 x 60,000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(("one", "other", "ratio"), [("#ffffff", "#000000", 21.0), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_that_of_the_standard(one: str, other: str, ratio: float) -> None:
    assert round(colors.contrast(one, other), 2) == ratio
    assert colors.contrast(one, other) == colors.contrast(other, one)


@given(st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}"))
def test_every_color_has_a_shade_for_both_themes(color: str) -> None:
    light, dark = colors.nearest_light(color), colors.nearest_dark(color)
    assert colors.contrast(light, "#ffffff") >= 7
    assert colors.contrast(dark, colors.NIGHT) >= 7
    assert colors.contrast(dark, colors.DARK_SURFACE) >= 3
    assert (light == color) == colors.fits_light(color)


def test_faint_color_is_refused_with_the_nearest_that_works(northside: Stage) -> None:
    adam = northside.client(member=northside.adam)
    answer = adam.post("/settings/branding/", {"color": "#ff8800", "sender_name": ""})
    assert answer.status_code == 400
    nearest = colors.nearest_light("#ff8800")
    assert f"The nearest that works is {nearest}." in answer.content.decode()
    assert queries.branding_of(queries.tenant_by_slug("northside") or northside.tenant).dark_color == ""
    assert adam.post("/settings/branding/", {"color": nearest, "sender_name": ""}).status_code == 302


def test_color_and_name_show_on_the_sign_in_page_and_in_mails_of_this_tenant_only(
    northside: Stage, harbor: Stage
) -> None:
    adam = northside.client(member=northside.adam)
    given = {"color": COLOR.upper(), "sender_name": " Northside   Team "}
    assert adam.post("/settings/branding/", given)["Location"] == "/settings/branding/?saved=1"
    assert f"--brand:{COLOR}" in northside.client().get("/login/").content.decode()
    assert "--brand" not in harbor.client().get("/login/").content.decode()
    northside.client().post("/password/", {"email": northside.alice.email})
    content = json.loads(Email.objects.get(recipient=northside.alice.email).content)
    assert content["sender_name"] == "Northside Team"
    assert f"background:{COLOR}" in content["html"]
    assert Event.objects.filter(type="tenant.branding_changed").count() == 1


@pytest.mark.parametrize("color", ["red", "#fff", "#12345g", "#7a1f3d;background:url(x)", "javascript:x"])
def test_what_is_no_color_is_refused(northside: Stage, color: str) -> None:
    with pytest.raises(Invalid):
        actions.set_branding(tenant_id=northside.tenant.id, color=color, sender_name="", actor=SYSTEM)


def test_logo_is_drawn_anew_and_shown(northside: Stage, harbor: Stage) -> None:
    adam = northside.client(member=northside.adam)
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    raw = picture(kind="JPEG", exif=exif) + b"<script>alert(1)</script>"
    upload = SimpleUploadedFile("x.svg", raw, "image/svg+xml")
    assert adam.post("/settings/branding/logo/", {"logo": upload}).status_code == 302
    kept = Logo.objects.get(tenant_id=northside.tenant.id)
    assert (kept.width, kept.height) == (320, 160)
    assert bytes(kept.data).startswith(b"\x89PNG")
    assert b"script" not in bytes(kept.data)
    assert b"where I live" not in bytes(kept.data)
    page = northside.client().get("/login/").content.decode()
    assert "/brand/logo.png?v=" in page
    answer = northside.client().get("/brand/logo.png")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert answer.content == bytes(kept.data)
    assert harbor.client().get("/brand/logo.png").status_code == 404
    adam.post("/settings/branding/logo/remove/")
    assert northside.client().get("/brand/logo.png").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + b"\x00" * 100, bomb(), picture()[:200],
        b"\x89PNG\r\n\x1a\n", picture((4001, 10)), b"x" * (images.MOST_BYTES + 1), b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
    ids=["empty", "svg", "gif", "bomb", "cut", "head", "wide", "large", "postscript"],
)  # fmt: skip
def test_hostile_pictures_are_refused(northside: Stage, raw: bytes) -> None:
    adam = northside.client(member=northside.adam)
    answer = adam.post("/settings/branding/logo/", {"logo": SimpleUploadedFile("logo.png", raw, "image/png")})
    assert answer.status_code == 400
    assert not Logo.objects.exists()


def test_agents_do_not_change_the_look(northside: Stage) -> None:
    alice = northside.client(member=northside.alice)
    assert alice.get("/settings/branding/").status_code == 403
    assert alice.post("/settings/branding/", {"color": COLOR}).status_code == 403
    assert alice.post("/settings/branding/logo/", {"logo": SimpleUploadedFile("l.png", picture())}).status_code == 403
    assert not Logo.objects.exists()
