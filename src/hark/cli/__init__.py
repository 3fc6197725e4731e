"""The command line: parses, calls `bootstrap` and prints; no logic of its own."""
