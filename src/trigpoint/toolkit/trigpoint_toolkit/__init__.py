"""The modules of the toolkit, see the package above."""
