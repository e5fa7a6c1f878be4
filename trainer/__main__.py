"""``python -m trainer`` is the ``marsad`` command."""

from trainer.cli.app import main

if __name__ == "__main__":
    main()
