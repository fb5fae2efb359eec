"""How fast: this project beside no isolation at all, and beside what else there is.

    python -m benchmarks [--quick] [--rounds N] [--jobs N] [--only PART]

Every figure comes of one run in which the ways that are compared take turns; every output is
checked, whoever made it. `programs` is what is run, `subjects` who runs it, `measuring` how it is
timed; `beside`, `languages` and `sizes` say what is compared with what, `table` what is written.
"""
