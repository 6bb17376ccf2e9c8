"""The workforce in the console: workers, work teams and the settings of the workforce."""
