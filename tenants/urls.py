"""Addresses of the pages of people and tenants."""

from django.urls import path

from tenants import views
from tenants.views import audit, business, entering, second_factor, security, signing_up

urlpatterns = [
    path("", views.home),
    path("login/", views.sign_in),
    path("logout/", views.sign_out),
    path("language/", views.language),
    path("login/second/", second_factor.second),
    path("prove/", second_factor.prove),
    path("protect/", second_factor.protect),
    path("protect/codes/", second_factor.codes),
    path("passkeys/options/", second_factor.passkey_options),
    path("passkeys/enter/", second_factor.enter_by_passkey),
    path("passkeys/new/options/", second_factor.new_passkey_options),
    path("passkeys/new/", second_factor.add_passkey),
    path("enter/", entering.enter),
    path("welcome/", entering.welcome),
    path("password/", entering.forgot),
    path("password/<str:token>/", entering.new_password),
    path("invitation/<str:token>/", entering.invitation),
    path("email/<str:token>/", entering.new_email),
    path("terms/", signing_up.show_terms),
    path("terms/accept/", entering.accept_terms),
    path("terms/<str:version>/", signing_up.show_terms),
    path("settings/", views.profile),
    path("settings/security/", security.security),
    path("settings/security/email/", security.change_email),
    path("settings/security/password/", security.change_password),
    path("settings/security/app/remove/", second_factor.remove_app),
    path("settings/security/codes/", second_factor.renew_codes),
    path("settings/security/passkeys/<uuid:passkey_id>/remove/", second_factor.remove_passkey),
    path("settings/security/networks/", security.set_networks),
    path("settings/security/rule/", second_factor.set_policy),
    path("settings/security/devices/end/", security.end_other_devices),
    path("settings/security/devices/<uuid:login_id>/end/", security.end_device),
    path("settings/audit/", audit.log),
    path("settings/audit/export/", audit.export),
    path("settings/business/", business.business),
    path("settings/keys/", views.keys),
    path("settings/keys/new/", views.create_key),
    path("settings/keys/<uuid:key_id>/revoke/", views.revoke_key),
]
public_urlpatterns = [
    path("", views.find_tenant),
    path("login/", views.find_tenant),
    path("language/", views.language),
    path("signup/", signing_up.sign_up),
    path("signup/address/", signing_up.address_hint),
    path("signup/sent/", signing_up.sent),
    path("signup/resend/", signing_up.resend),
    path("signup/<str:token>/", signing_up.confirm),
    path("terms/", signing_up.show_terms),
    path("terms/<str:version>/", signing_up.show_terms),
]
