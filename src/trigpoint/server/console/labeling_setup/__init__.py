"""Creating a labeling job in two steps: its input, and its task. What was typed is kept as a draft of the person."""
