"""How long tests wait before they give up: deadlines, not measures. What comes is waited for no longer than it takes."""

SLOWER = 6
"""How many times longer than an idle machine a busy one may take."""
EVENTUALLY_S = 60.0
"""For what an idle machine does in an instant or in a few seconds."""
ANSWER_S = 20.0
"""What a client grants a phone that is sound; where no answer comes, a test grants less."""
