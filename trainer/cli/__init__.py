"""The ``marsad`` command, one module a subcommand."""
