"""E-mail over SMTP: one server of the installation, for all tenants."""
