"""How much of the machine do the instances of jobs and endpoints use: sampled from /proc, kept as metrics."""

from trigpoint.compute.usage.sampler import UsageSampler

__all__ = ["UsageSampler"]
