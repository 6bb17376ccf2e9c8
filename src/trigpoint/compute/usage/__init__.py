"""The usage of the machine by the instances of jobs and endpoints: sampled every few seconds, kept as metrics."""

from trigpoint.compute.usage.sampler import UsageSampler

__all__ = ["UsageSampler"]
