"""Build the labelled dataset, as 'marsad data build' does."""

import sys

from trainer.cli.app import main

if __name__ == "__main__":
    main(["data", "build", *sys.argv[1:]])
