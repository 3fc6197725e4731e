"""In which language a conversation is held."""

from hark.inbox.languages.detect import Found, detect_language, letters_of

__all__ = ["Found", "detect_language", "letters_of"]
