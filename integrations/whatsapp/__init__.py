"""WhatsApp Business Platform (Cloud API): client, webhooks, error table, emulator and demo traffic."""
