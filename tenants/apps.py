"""The app `tenants`."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Registers what other parts call back."""

    name = "tenants"
    verbose_name = "Tenants and people"

    def ready(self) -> None:
        """Have the settings checked that keep tenants apart, and fill the frame around pages."""
        from corsheaders.signals import check_request_enabled  # noqa: PLC0415 - as the others

        from kernel import tenancy_checks  # noqa: F401, PLC0415 - registering happens on import
        from tenants import cors, navigation  # noqa: PLC0415 - words exist only now

        navigation.register()
        check_request_enabled.connect(cors.may_call)
