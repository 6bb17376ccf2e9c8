"""The Lambda API: functions that requesters upload."""
