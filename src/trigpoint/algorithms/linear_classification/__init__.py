"""Linear classifiers of images and texts: a few hundred labels, and seconds on a CPU, are enough for them."""
