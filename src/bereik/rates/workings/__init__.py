"""What several estimators share: the layout of counts, intervals, draws, fits. Nothing here is public."""
