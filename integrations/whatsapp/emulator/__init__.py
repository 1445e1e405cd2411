"""An emulator of the WhatsApp Cloud API for development and tests: `python -m integrations.whatsapp.emulator`.

It speaks the vendor's wire format, so the real client talks to it by changing only a base URL, and it calls our
webhook with signed statuses as the vendor does.
"""
