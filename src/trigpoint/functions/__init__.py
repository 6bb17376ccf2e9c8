"""Functions of requesters and operators: registered, stored and run apart from the server.

A function takes one JSON document, the event, and returns another one. It is a Python entry point of this
installation, an HTTP endpoint, or a package that was uploaded through the Lambda API. Python code runs in a process of
its own, with limits of time and memory.
"""
