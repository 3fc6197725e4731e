"""The example is a package of its own, with its own tests: they run installed, not from here."""

collect_ignore = ["hark_example"]
