"""Methods that make one label of several workers' answers: one method per module, pure functions."""
