from bereik import errors


def test_every_error_is_a_bereik_error_and_a_value_error():
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.BereikError)
    assert issubclass(errors.BereikError, ValueError)


def test_a_very_long_name_is_shortened():
    message = str(errors.UnknownNameError("origin", "x" * 25_000, ["turkije"]))
    assert message.startswith("Unknown origin 'xxx")
    assert len(message) < 300


def test_a_message_says_what_was_found_expected_and_what_to_do():
    error = errors.MissingColumnError(["usrs"], ["region", "users"], where="the count table")
    assert str(error) == (
        "The count table has no column 'usrs' (did you mean 'users'?). Expected: the columns asked for, among those it has: "
        "'region', 'users'. "
        "To do: rename or add the column, or name another one in the call."
    )
