"""What is wrong, and what happened."""
