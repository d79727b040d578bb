"""Physics of radios as plain functions of numbers and arrays: numpy, scipy and math, nothing else.

Every formula names its source, its unit and its valid range, and refuses input outside that range.
Functions are vectorised: they take scalars or arrays that broadcast, and return float64 arrays.
"""
