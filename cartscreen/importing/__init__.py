"""Charts of other systems become profiles: positive evidence only, each value with its source.

source -> the resources of one patient -> Draft (facts and entries, each tried) -> TOML
                                       -> Tally (what became of every resource, and why)
"""
