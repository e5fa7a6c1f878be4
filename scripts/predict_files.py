"""Label files, as 'marsad predict' does."""

import sys

from trainer.cli.app import main

if __name__ == "__main__":
    main(["predict", *sys.argv[1:]])
