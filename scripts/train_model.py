"""Fine-tune a model, as 'marsad train' does."""

import sys

from trainer.cli.app import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
