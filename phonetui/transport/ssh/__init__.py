"""Jump hosts: phones are reached, and reach us, through SSH. Loaded only where a phone needs it."""
