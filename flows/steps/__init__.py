"""The seven steps of a night, one module a step, in the order of the README; none of them knows Prefect."""
