"""What is shown, pane by pane: a pure function from values to rows, and the thin widget around it."""
