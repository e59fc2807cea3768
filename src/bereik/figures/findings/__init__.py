"""What each figure says, computed from the table that is drawn; one module a notebook."""
