import pickle

from bereik import errors


def test_every_error_is_a_bereik_error_and_a_value_error():
    raised = [kind for name, kind in vars(errors).items() if name.endswith("Error")]
    assert len(raised) > 5
    assert [kind for kind in raised if not issubclass(kind, errors.BereikError)] == []
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


def test_an_error_of_another_process_arrives_as_it_was():
    raised = errors.UnknownNameError("municipality", "Delf", ["Delft"], where="the monitor")
    assert str(pickle.loads(pickle.dumps(raised))) == str(raised)  # noqa: S301 our own
