"""The worker portal: where workers choose a labeling job and work on its tasks."""
