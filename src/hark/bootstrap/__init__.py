"""The one place that composes: knows every adapter, opens every part, starts and stops the program."""
