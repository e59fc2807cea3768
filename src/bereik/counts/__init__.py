"""Count tables: what they are (`table`), of persons on any engine (`persons`), and of what is published (`published`)."""
