"""Score a model on labelled data, as 'marsad evaluate' does."""

import sys

from trainer.cli.app import main

if __name__ == "__main__":
    main(["evaluate", *sys.argv[1:]])
