"""Customer traffic for development: made-up people who write to an outlet, webhooks signed like the vendor's."""
