"""The HTTP interface does what its OpenAPI description says, whatever is sent."""

import pytest
import schemathesis
from fake_solver import FakeSolver
from hypothesis import HealthCheck, settings
from running import running
from samples import png
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from handtint.studio.app import create_app
from handtint.studio.sessions import Sessions

DESCRIPTION = create_app(Sessions("studio", FakeSolver)).openapi()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(DESCRIPTION)


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A studio whose project is opened again when a call closed it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDTINT_STATE", str(tmp_path_factory.mktemp("state")))
        with running(FakeSolver) as studio:
            yield studio


def project_of(studio):
    first = studio.sessions.first
    return first.id if first is not None else studio.open(png())["id"]


@schema.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case, standing):
    if "identity" in (case.path_parameters or {}) and len(case.path_parameters["identity"]) % 2:
        case.path_parameters["identity"] = project_of(standing)
    case.call_and_validate(
        base_url=standing.base,
        headers={"X-Handtint": "1", "Cookie": standing.cookie},
        checks=CHECKS,
    )


def test_the_description_names_every_route_and_error():
    assert set(DESCRIPTION["paths"]) == {
        "/api/session", "/api/methods", "/api/projects", "/api/projects/{identity}",
        "/api/projects/{identity}/mask", "/api/projects/{identity}/tiles/{level}/{row}/{column}",
        "/api/projects/{identity}/base.png", "/api/projects/{identity}/export",
        "/api/projects/{identity}/save", "/api/projects/{identity}/advice",
        "/api/projects/{identity}/palette/{row}/{column}",
    }  # fmt: skip
    for operations in DESCRIPTION["paths"].values():
        for operation in operations.values():
            assert {"403", "404", "409", "413", "415", "422"} <= set(operation["responses"])
