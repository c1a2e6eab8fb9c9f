"""What is wrong with a phone at this moment: each module knows one kind, and remembers only what it must compare with.

`phone.assess` asks them all. Nothing here waits, forgives or forgets: that is the book's part (`phone.alerts`).
"""
