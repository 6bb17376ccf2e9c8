"""Encoded images: the only code that opens them with Pillow, so that every reader sees the same pixels.

`opening` opens an image and says what is wrong with one that cannot be read. `head` reads size and orientation without
decoding pixels. `pixels` decodes to 8-bit RGB.

Pillow is imported with the first image, so that the server and the commands start sooner.
"""
