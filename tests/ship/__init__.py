"""What takes more than a checkout: an installed wheel, several machines, a restored database.

Left out of the plain test run: see `make help`.
"""
