# What a developer runs by name. `just` alone is what every commit must pass.

venv := env("VIRTUAL_ENV", justfile_directory() / ".venv")
programs := if os_family() == "windows" { venv / "Scripts;" } else { venv / "bin:" }
export PATH := programs + env("PATH")

# check, and the fast part of the tests
default: check fast

# lint, layout and types
check:
    ruff check .
    ruff format --check .
    mypy

# the tests that say most in the least time
fast:
    pytest -m 'not slow and not mutation' tests/spec tests/unit tests/criteria tests/golden tests/docs -n 2

# every test
test:
    pytest -n auto --dist worksteal

# rewrite what the documentation prints; read the difference before you commit it
docs:
    python tests/docs/test_readme.py
    python tests/docs/test_acceptance_table.py
    python tests/docs/test_rules.py

# keep the pack compiled, as an installation does; an edit of the program or the criteria undoes it
compile:
    python -m cartscreen.pack.compile

# start-up and memory, as ratios
bench:
    python benchmarks/startup.py
    python benchmarks/importing.py
    python benchmarks/growth.py "check of results"

# the archives of a release, and all that .ci/run asks, from the unpacked source archive
release:
    rm -rf dist build
    python -m build
    mkdir -p build/source
    tar -xzf dist/cartscreen-*.tar.gz -C build/source --strip-components=1
    env -u VIRTUAL_ENV sh build/source/.ci/run
