"""Words every room shares: errors, periods, quantities and tables. Imports nothing of ours."""
