"""Manifests: the only reader of their lines, and the only writer that keeps lines byte for byte.

The rules for a line of an augmented manifest (JSON Lines) are the same for labeling, training and the tools:

- The file is UTF-8, with or without a byte order mark. Lines end with LF or CRLF. Blank lines at the end are
  ignored; a blank line between others is an error, because dropping it would shift the numbers of all later lines.
- A line is one JSON object as RFC 8259 defines it: NaN and Infinity are errors, and so is anything after the
  object. Lines that are nested more deeply than Python's parser can follow (about 1,000 levels) are errors.
- Values keep the spelling that they have in the line: `1.0` stays `1.0`.

What differs is a parameter, `lines.LineRules`: the longest line, and whether a repeated name and an escape for half
of a surrogate pair are errors (labeling jobs), or the last value counts and the half is passed on (training jobs).
"""
