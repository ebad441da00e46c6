"""TrueNorth: the place where a company's key metrics live."""

__version__ = "0.1.0"
