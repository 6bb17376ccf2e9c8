"""The console: web pages for the people who request and watch labeling and training."""
