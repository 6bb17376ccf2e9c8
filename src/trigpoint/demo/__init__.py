"""The demo: the whole loop as a user would run it, through the same doors as any user."""
