"""What takes a message: Maildir and SMTP."""
