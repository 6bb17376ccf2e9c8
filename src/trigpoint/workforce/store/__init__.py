"""The SQL of the workforce: one module per table or group of tables."""
