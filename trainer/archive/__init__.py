"""Labels a whole archive: cut into parts that are finished or not there, on one machine or on many."""
