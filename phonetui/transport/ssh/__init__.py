"""Jump hosts: phones are reached through SSH, and push through it. Imported only where a phone needs it."""
