"""Files of messages: what they really are, and where their bytes lie."""
