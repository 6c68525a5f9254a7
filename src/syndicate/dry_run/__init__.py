"""What would be published and mailed now; nothing is kept."""
