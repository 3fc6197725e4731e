"""Lists of conversations and messages, a page at a time, by keysets on the indexes that were made for them."""
