import pytest

from local.functions_host.app import Function
from local.functions_host.errors import RouteError
from local.functions_host.http_routes import RouteTable


def table(*templates: str, methods: list[str] | None = None) -> RouteTable:
    functions = [
        Function(template, template, {"type": "httpTrigger", "route": template, "methods": methods})
        for template in templates
    ]
    return RouteTable(functions, "api")


def answer(routes: RouteTable, path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    found = routes.find(method, path)
    return found and (found[0].name, found[1])


GUID = "7d5f9a1e-3c2b-4e8f-9a6d-0b1c2d3e4f50"


@pytest.mark.parametrize(
    ("template", "fits", "does_not_fit"),
    [
        ("{v:alpha}", ["abc"], ["ab1"]),
        ("{v:bool}", ["true", "False"], ["yes"]),
        ("{v:decimal}", ["1", "-1.5"], ["1.5e3", "x"]),
        ("{v:double}", ["1.5e3"], ["e"]),
        ("{v:guid}", [GUID, GUID.upper(), GUID.replace("-", "")], [GUID[1:], "g" + GUID[1:]]),
        ("{v:int}", ["0", "-12"], ["1.0", "one"]),
        ("{v:int:min(3)}", ["3", "40"], ["2", "x"]),
        ("{v:max(3)}", ["3", "-3"], ["4", "x"]),
        ("{v:range(3,5)}", ["3", "5"], ["2", "6"]),
        ("{v:length(3)}", ["abc"], ["ab", "abcd"]),
        ("{v:length(2,3)}", ["ab", "abc"], ["a", "abcd"]),
        ("{v:minlength(2)}", ["ab"], ["a"]),
        ("{v:maxlength(2)}", ["ab"], ["abc"]),
    ],
)
def test_a_constraint_lets_through_what_fits(template: str, fits: list[str], does_not_fit: list[str]) -> None:
    routes = table(template)
    assert [answer(routes, f"/api/{value}") for value in fits] == [(template, {"v": value}) for value in fits]
    assert [answer(routes, f"/api/{value}") for value in does_not_fit] == [None] * len(does_not_fit)


def test_a_literal_wins_over_a_constrained_parameter_that_over_a_free_one_that_over_a_catch_all() -> None:
    templates = ["{*v}", "{v}", "{v:int}", "1"]
    for order in (templates, templates[::-1]):
        routes = table(*order)
        found = [answer(routes, f"/api/{path}") for path in ("1", "2", "two", "two/three")]
        assert [each and each[0] for each in found] == ["1", "{v:int}", "{v}", "{*v}"]


def test_an_earlier_segment_counts_more_than_a_later_one() -> None:
    routes = table("{a}/x", "y/{b}")
    assert answer(routes, "/api/y/x") == ("y/{b}", {"b": "x"})


def test_a_segment_may_hold_several_parameters() -> None:
    assert answer(table("{name}.{format}"), "/api/call.vtt") == (
        "{name}.{format}",
        {"name": "call", "format": "vtt"},
    )


def test_a_default_stands_for_a_missing_segment() -> None:
    routes = table("pages/{page:int=1}")
    assert answer(routes, "/api/pages") == ("pages/{page:int=1}", {"page": "1"})
    assert answer(routes, "/api/pages/2") == ("pages/{page:int=1}", {"page": "2"})


def test_a_function_that_names_no_methods_answers_all() -> None:
    assert answer(table("a"), "/api/a", "PATCH") == ("a", {})
    assert answer(table("a", methods=["get"]), "/api/a", "PATCH") is None


def test_the_characters_of_a_template_mean_themselves() -> None:
    assert answer(table("a.b"), "/api/axb") is None
    assert answer(table("{id}/a.b"), "/api/1/axb") is None


@pytest.mark.parametrize(
    "template", ["{", "a}", "{a", "{}", "{a b}", "{a:regex(^x$)}", "{a:min(x)}", "{a:min}"]
)
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(RouteError):
        table(template)


def test_two_functions_on_one_route_are_refused() -> None:
    with pytest.raises(RouteError, match="both answer GET"):
        table("a/{b}", "A/{b}", methods=["GET"])
