"""The screen: the only room that knows the toolkit."""

import os

# Read by the toolkit when it is imported. Our own look timer bounds repaints; the toolkit's cadence of 60 a second
# would only delay the paint that follows a key (99th percentile 32 ms instead of 6).
os.environ.setdefault("TEXTUAL_FPS", "240")
