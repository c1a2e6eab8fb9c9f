"""Call quality: from a phone's counters and reports to current figures and a grade."""
