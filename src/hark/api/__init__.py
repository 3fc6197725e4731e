"""The HTTP door: parse, authorize, call what happens, render."""
