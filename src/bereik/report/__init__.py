"""The page, the factsheets and the documents that collect the figures."""
