"""What counts and dates in a text are worth: bounds of a count, the days of a date; what is not sure has no value."""
