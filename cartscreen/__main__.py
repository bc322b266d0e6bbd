"""`python -m cartscreen` is `cartscreen`."""

from cartscreen.cli.main import main

if __name__ == "__main__":
    main()
