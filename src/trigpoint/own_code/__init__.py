"""People's own code: scripts, registered programs and containers, run as training jobs and model servers.

`programs` says what an image URI stands for. `confinement` keeps the code away from the server's files, `environments`
installs what it requires, and `inside/` has what runs next to it, in its own Python.
"""
