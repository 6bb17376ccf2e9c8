"""Frozen pretrained networks: images in, vectors out."""
