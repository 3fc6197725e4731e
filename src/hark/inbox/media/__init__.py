"""Files of inbound messages that are still to be fetched from their platform, or to be removed."""
