"""What is worth waking for: the conditions of each kind, and the alerts that they raise."""
