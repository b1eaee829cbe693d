"""The checks: one module a rule family, an explicit ordered registry, each rule yields findings."""
