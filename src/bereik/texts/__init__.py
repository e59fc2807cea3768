"""What a figure, a table or a sentence says: one file of texts a notebook, in two languages, and the verbs that read them."""
