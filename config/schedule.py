"""Every timer of the installation. Times in seconds or UTC; each task finds its own tenants."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    # The scheduler's own sign of life: sent by beat, carried by the broker, done by a worker.
    "scheduler-alive": {"task": "monitoring.tasks.note_scheduler", "schedule": 15.0, "options": {"expires": 60}},
    # Messages that a crash or a lost task left in the outbox.
    "outbox-sweep": {"task": "conversations.tasks.sweep_outboxes", "schedule": 5.0, "options": {"expires": 10}},
    # Snoozes that are over, promises that are nearly due or broken.
    "timers": {"task": "conversations.tasks.ring_timers", "schedule": 5.0, "options": {"expires": 10}},
    "dead-letters": {"task": "conversations.tasks.retry_dead_letters", "schedule": 300.0, "options": {"expires": 300}},
    # Customers' files whose fetching a crash or a lost task left undone.
    "attachment-sweep": {"task": "conversations.tasks.sweep_attachments", "schedule": 30.0, "options": {"expires": 60}},
    # What the vendor knows of templates, should its news have been lost.
    "sync-templates": {"task": "conversations.tasks.sync_all_templates", "schedule": crontab(hour="4", minute="40")},
    # Webhooks handed down long ago.
    "purge-deliveries": {"task": "ingest.tasks.purge_deliveries", "schedule": crontab(hour="3", minute="10")},
    # E-mails that wait for another try, or were lost with their task.
    "email-sweep": {"task": "tenants.tasks.sweep_emails", "schedule": 15.0, "options": {"expires": 30}},
    "purge-emails": {"task": "tenants.tasks.purge_emails", "schedule": crontab(hour="3", minute="30")},
    # Sessions nobody can use any more.
    "purge-sessions": {"task": "tenants.tasks.purge_sessions", "schedule": crontab(hour="3", minute="20")},
    # Jobs that have lost their worker.
    "sweep-jobs": {"task": "kernel.api.tasks.sweep_jobs", "schedule": 60.0, "options": {"expires": 60}},
    # Answers kept under idempotency keys, a day after they were given.
    "forget-answers": {"task": "kernel.api.tasks.forget_answers", "schedule": 3600.0, "options": {"expires": 3600}},
    # Each tenant's history is signed once a day; asking each hour makes up for a midnight the scheduler was not there.
    "sign-anchors": {"task": "kernel.events.tasks.sign_anchors", "schedule": 3600.0, "options": {"expires": 3600}},
}
