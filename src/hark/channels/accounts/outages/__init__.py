"""How accounts were found at the last look, and the times in which they did not work."""
