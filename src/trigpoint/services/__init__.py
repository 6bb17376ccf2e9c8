"""AWS operations: one module per resource, one method per operation, translation only."""
