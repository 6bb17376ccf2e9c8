"""What runs next to people's code, in its own Python: the counterpart of SageMaker's training and inference toolkits.

    PYTHON trigpoint/toolkit train | serve

That Python may have nothing but its standard library, so the package `trigpoint_toolkit` imports nothing else (numpy and
torch only where a script's data need them), and itself only relatively. It must be Python 3.9 or newer.

The folder is also the last one in which people's code looks for modules. There it finds `sagemaker_containers` and the
other packages here, unless its own environment has them. They hold names only; what these do is in `trigpoint_toolkit`.
"""
