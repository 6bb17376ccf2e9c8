"""Label JSON, one module per kind of label: the only code that reads and writes it.

`attributes` has what all kinds share: the names of label attributes and the metadata. `boxes` and `classes` read
and write their kind. Members that Ground Truth adds are in the metadata; the label itself is what training streams.
"""
