"""How severe the problems of a youth are: scores and bands of a questionnaire, and the use to be expected."""
