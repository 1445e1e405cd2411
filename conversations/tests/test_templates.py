import pytest

from conversations import templates
from conversations.models import Template
from conversations.types import TemplateChoice


def template(*components, status="approved"):
    return Template(waba_id="1", name="round_1_sent", language="es", status=status, components=list(components))


BODY = {"type": "BODY", "text": "Hola {{1}}, tus cartas salieron el {{2}}. Gracias, {{1}}."}


def choice(**values):
    return TemplateChoice("round_1_sent", "es", **values)


def test_blanks_are_found_once_each_in_order_of_appearance():
    full = template(
        {"type": "HEADER", "format": "TEXT", "text": "Ronda {{1}}"},
        BODY,
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}, {"type": "URL", "url": "https://a.example/{{1}}"}]},
    )
    assert templates.blanks_of(full) == templates.Blanks(header=["1"], body=["1", "2"], buttons=["1"])


def test_a_filled_template_reads_as_the_customer_will_read_it():
    full = template({"type": "header", "text": "Ronda {{1}}"}, BODY, {"type": "FOOTER", "text": "Northside"})
    filled = choice(header={"1": "2"}, body={"1": "Maribel", "2": "12 de mayo"})
    assert templates.render(full, filled) == (
        "Ronda 2\n\nHola Maribel, tus cartas salieron el 12 de mayo. Gracias, Maribel.\n\nNorthside"
    )


def test_a_value_is_never_read_as_a_blank_itself():
    assert templates.fill("{{1}} {{2}}", {"1": "{{2}}", "2": "x"}) == "{{2}} x"


def test_empty_blanks_and_unknown_ones_are_named():
    with pytest.raises(templates.TemplateUnusable) as refused:
        templates.require_usable(template(BODY), choice(body={"1": " ", "3": "x"}))
    assert sorted(refused.value.details) == ["body.1", "body.2", "body.3"]


@pytest.mark.parametrize("status", ["pending", "rejected", "paused", "disabled", "unknown"])
def test_only_approved_templates_go_out(status):
    with pytest.raises(templates.TemplateUnusable):
        templates.require_usable(template(BODY, status=status), choice(body={"1": "a", "2": "b"}))


def test_a_missing_template_is_refused_by_the_same_code():
    with pytest.raises(templates.TemplateUnusable) as refused:
        templates.require_usable(None, choice())
    assert refused.value.code == "TEMPLATE_UNUSABLE"


def test_positional_and_named_blanks_go_out_as_the_vendor_wants_them():
    sent = templates.wire_components(choice(body={"1": "Maribel"}, header={"round": "2"}, buttons={"0": "abc"}))
    assert sent == [
        {"type": "header", "parameters": [{"type": "text", "text": "2", "parameter_name": "round"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Maribel"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "abc"}]},
    ]
