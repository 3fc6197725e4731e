"""What sending reads from and writes to conversations, messages and attachments."""
