"""People: the private workforce, its work teams, workers, invitations and sign-in."""
