"""Who may sign AWS requests, and how secrets rest in the database."""
