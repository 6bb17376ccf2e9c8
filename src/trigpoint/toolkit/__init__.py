"""What runs next to people's code, in its own Python: the counterpart of SageMaker's training and inference toolkits.

    PYTHON trigpoint/toolkit train | serve

That Python may have nothing but its standard library, so the package within imports nothing else, and itself only
relatively. It must be Python 3.9 or newer.
"""
