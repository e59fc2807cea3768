"""The pilot in jeugdregio Haaglanden: who took part, what they learned, and whether use of youth care changed."""
