"""Cases that others wrote, asked of TrueNorth: `make conformance [CASES=DIR]`."""
