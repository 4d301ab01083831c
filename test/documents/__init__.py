"""The pages in docs/ that are made from the code, and the tests of all pages."""
