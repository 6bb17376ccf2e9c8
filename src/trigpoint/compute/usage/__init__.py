"""How much of the machine the instances of jobs and endpoints use: sampled every few seconds, kept as metrics."""

from trigpoint.compute.usage.sampler import UsageSampler

__all__ = ["UsageSampler"]
