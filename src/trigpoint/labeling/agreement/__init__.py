"""How well workers agree: sums over data objects, from which the figures of a job and of each class follow.

Each module has one class of sums for one kind of answer. `add` takes the answers of one object, `result` gives the
figures. Memory does not depend on the number of objects, so a job of any length is measured in one pass. The sums can be
pickled, so that the pass can go on in another process.

Decision: figures are rounded to 4 decimals, and None where they are not defined, such as the agreement beyond chance
of answers that all name one class.
"""
