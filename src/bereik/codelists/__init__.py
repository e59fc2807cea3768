"""The words every room uses: origins, forms of care, regions and periods, each with its Dutch and English name."""
