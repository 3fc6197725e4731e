"""Sending: what a platform allows (`capability`), how a reply is cut (`split`), how fast (`throttle`), when
again (`backoff`), and when not to call at all (`breaker`). Pure, except for `repository`."""
