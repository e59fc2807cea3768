"""How severe the problems of a youth are: questionnaire scores and their bands, risk factors, and expected use."""
