"""Pretrained weights of networks: which ones are known, which ones are installed, and how they get here.

Nothing here imports torch. `algorithms.common.pretrained` reads the tensors.
"""

from trigpoint.weights.installed import InstalledWeights as InstalledWeights
from trigpoint.weights.installed import find as find
from trigpoint.weights.known import KNOWN as KNOWN
from trigpoint.weights.known import KnownWeights as KnownWeights
