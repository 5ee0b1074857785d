"""Pages of people: what is shown, stored and refused."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from elearn import clock
from elearn.auth.service import list_slips, sign_in_with_slip
from elearn.cli import main
from elearn.people import offices, organisations, roles
from elearn.people.offices import list_line_managers
from elearn.people.placements import list_posts
from elearn.people.roles import list_roles
from elearn.people.service import find_person_by_number
from elearn.permissions import Role
from tests.factories import Trust, make_organisation, make_person, post
from tests.staff_world import browser


def day_boxes(name: str, days: int = 0) -> dict[str, str]:
    day = clock.today() + timedelta(days=days)
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def new_person(trust: Trust, **changes: str) -> dict[str, str]:
    return {
        "name": "Ngozi O'Neill-Ángel",
        "payroll_number": "00417",
        "email": "",
        "academy": str(trust.academy.id),
        "kind": "employee",
        "job_title": "Cook",
        "job_group": "kitchen",
        "manager": "",
        **day_boxes("starts_on"),
        **changes,
    }


def test_a_person_is_added_with_post_and_manager(app: Flask) -> None:
    trust = make_organisation()
    hr = make_person(trust, "Helen Osei", roles=[Role.HR])
    client = browser(app, hr)
    data = new_person(trust, manager=hr.payroll_number)
    answer = post(client, "/people/add", data)
    added = find_person_by_number(trust.organisation.id, "00417")
    assert added is not None
    assert answer.location == f"/people/{added.id}"
    assert added.name == "Ngozi O'Neill-Ángel"
    assert added.email is None
    assert [p.job_title for p in list_posts(added)] == ["Cook"]
    assert [m.person_id for m in list_line_managers(added.id)] == [hr.id]
    assert "Ngozi O&#39;Neill-Ángel" in client.get(answer.location).text


def test_a_person_is_added_whole_or_not_at_all(app: Flask) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.HR]))
    answer = post(client, "/people/add", new_person(trust, manager="no-such-number"))
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "nobody on the staff list has payroll number no-such-number" in answer.text
    assert find_person_by_number(trust.organisation.id, "00417") is None


def test_a_payroll_number_that_is_taken_is_said_beside_its_field(app: Flask) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.HR]))
    post(client, "/people/add", new_person(trust))
    answer = post(client, "/people/add", new_person(trust))
    assert answer.status_code == 422
    assert 'href="#payroll_number"' in answer.text
    assert "<title>Error: " in answer.text


def test_a_day_that_does_not_exist_is_said_and_kept(app: Flask) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.HR]))
    wrong = {"starts_on-day": "31", "starts_on-month": "2", "starts_on-year": "2026"}
    answer = post(client, "/people/add", new_person(trust, **wrong))
    assert answer.status_code == 422
    assert "31 2 2026 is not a day" in answer.text
    assert 'href="#starts_on-day"' in answer.text
    assert 'value="31"' in answer.text


def test_hr_of_one_academy_adds_nobody_elsewhere(app: Flask) -> None:
    trust = make_organisation()
    other = organisations.add_academy(trust.organisation.id, "heron", name="Heron Primary", at=clock.now())
    local = make_person(trust, "Mark Local")
    roles.give_role(local.id, Role.HR, academy_id=trust.academy.id, starts_on=clock.today(), at=clock.now())
    answer = post(browser(app, local), "/people/add", new_person(trust, academy=str(other.id)))
    assert answer.status_code == 422
    assert find_person_by_number(trust.organisation.id, "00417") is None


def test_hr_of_one_academy_who_manages_somebody_elsewhere_does_not_edit_them(app: Flask) -> None:
    trust = make_organisation()
    other = organisations.add_academy(trust.organisation.id, "heron", name="Heron Primary", at=clock.now())
    local, far = make_person(trust, "Mark Local"), make_person(Trust(trust.organisation, other), "Far Away")
    day, now = clock.today(), clock.now()
    roles.give_role(local.id, Role.HR, academy_id=trust.academy.id, starts_on=day, at=now)
    offices.give_office(local.id, "line_manager", for_person_id=far.id, starts_on=day, at=now)
    client = browser(app, local)
    assert client.get(f"/people/{far.id}").status_code == 404
    assert client.get(f"/staff/{far.id}").status_code == 200


def test_a_slip_shows_its_code_once_and_stops_the_one_before(app: Flask) -> None:
    trust = make_organisation()
    amira = make_person(trust, "Amira Begum")
    client = browser(app, make_person(trust, roles=[Role.HR]))
    address = f"/people/{amira.id}/slips/issue"
    first = post(client, address, day_boxes("expires_on", 28))
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", first.text)
    assert code is not None
    assert "For Amira B." in first.text
    assert "data:image/png" in first.text
    assert "Works once to start, then on that phone or computer until" in first.text
    slip = first.text.split('<section class="app-slip"')[1].split("</section>")[0]
    assert "Fernhill Academies Trust" in slip
    assert code[0] not in client.get(f"/people/{amira.id}").text
    post(client, address, day_boxes("expires_on", 28))
    assert [slip.voided for slip in list_slips(amira.id)] == [False, True]
    assert 'data-label="Issued"' in client.get(f"/people/{amira.id}").text


def test_a_slip_that_was_stopped_opens_nothing(app: Flask) -> None:
    trust = make_organisation()
    amira = make_person(trust)
    client = browser(app, make_person(trust, roles=[Role.HR]))
    shown = post(client, f"/people/{amira.id}/slips/issue", day_boxes("expires_on", 28))
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", shown.text)
    assert code is not None
    phone = app.test_client()
    with phone.session_transaction() as session:
        session["token"] = sign_in_with_slip(code[0], device=None, address="test", at=clock.now())[0].token
        session["seen"] = int(clock.now().timestamp())
    slip = list_slips(amira.id)[0]
    assert post(client, f"/people/{amira.id}/slips/{slip.id}/void", {"reason": "lost"}).status_code == 303
    assert phone.get("/my-accounts").location.startswith("/code")


def test_a_role_is_given_and_taken(app: Flask) -> None:
    trust = make_organisation()
    jo = make_person(trust, "Jo Pritchard")
    client = browser(app, make_person(trust, roles=[Role.ADMINISTRATOR]))
    data = {"role": "manager", "academy": "", **day_boxes("starts_on")}
    assert post(client, f"/people/{jo.id}/roles/give", data).status_code == 303
    role = list_roles(jo.id)[0]
    assert (role.role, role.academy_id) == (Role.MANAGER, None)
    data = day_boxes("ends_on", -1)
    assert post(client, f"/people/{jo.id}/roles/{role.id}/end", data).status_code == 422
    assert post(client, f"/people/{jo.id}/roles/{role.id}/end", day_boxes("ends_on")).status_code == 303
    assert list_roles(jo.id)[0].term.ends_on == clock.today()
    assert "Change last day" in client.get(f"/people/{jo.id}").text


def test_a_role_that_ends_today_can_be_stopped_at_once(app: Flask) -> None:
    trust = make_organisation()
    jo = make_person(trust, "Jo Pritchard", roles=[Role.HR])
    client = browser(app, make_person(trust, roles=[Role.ADMINISTRATOR]))
    post(client, f"/people/{jo.id}/roles/{list_roles(jo.id)[0].id}/end", day_boxes("ends_on"))
    address = f"/people/{jo.id}/roles/{list_roles(jo.id)[0].id}/end"
    assert post(client, address, {"at_once": "yes"}).status_code == 303
    assert list_roles(jo.id)[0].term.is_over(clock.today())
    page = client.get(f"/people/{jo.id}").text
    assert address not in page
    assert "Not given" in page


def test_an_administrator_of_one_academy_gives_nothing_everywhere(app: Flask) -> None:
    trust = make_organisation()
    local, jo = make_person(trust, "Ade Local"), make_person(trust, "Jo Pritchard")
    day, now = clock.today(), clock.now()
    roles.give_role(local.id, Role.ADMINISTRATOR, academy_id=trust.academy.id, starts_on=day, at=now)
    wide = roles.give_role(jo.id, Role.HR, starts_on=day, at=now)
    client = browser(app, local)
    data = {"role": "administrator", "academy": "", **day_boxes("starts_on")}
    post(client, f"/people/{jo.id}/roles/give", data)
    assert all(role.role is not Role.ADMINISTRATOR or role.academy_id for role in list_roles(jo.id))
    assert client.get(f"/people/{jo.id}/roles/{wide}/end").status_code == 404


def test_an_office_that_the_page_does_not_offer_is_not_recorded(app: Flask) -> None:
    trust = make_organisation()
    jo = make_person(trust, "Jo Pritchard")
    client = browser(app, make_person(trust, roles=[Role.ADMINISTRATOR]))
    data = {"academy": "", "manages": "", **day_boxes("starts_on")}
    assert post(client, f"/people/{jo.id}/offices/give", data | {"office": "bananas"}).status_code == 422
    assert offices.list_offices(jo.id) == []
    assert post(client, f"/people/{jo.id}/offices/give", data | {"office": "head"}).status_code == 303


def test_a_line_manager_is_recorded_for_a_person(app: Flask) -> None:
    trust = make_organisation()
    jo, kim = make_person(trust, "Jo Pritchard"), make_person(trust, "Kim Shah")
    client = browser(app, make_person(trust, roles=[Role.ADMINISTRATOR]))
    data = {"office": "line_manager", "academy": "", "manages": "", **day_boxes("starts_on")}
    assert post(client, f"/people/{jo.id}/offices/give", data).status_code == 422
    data["manages"] = kim.payroll_number
    assert post(client, f"/people/{jo.id}/offices/give", data).status_code == 303
    assert [office.person_id for office in list_line_managers(kim.id)] == [jo.id]


def test_a_search_without_a_result_says_why_that_may_be(app: Flask) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.HR]))
    found = client.get("/people", query_string={"search": "<b>Zed"}).text
    assert "Nobody here has “&lt;b&gt;Zed”" in found


def test_a_post_gets_its_last_day(app: Flask) -> None:
    trust = make_organisation()
    kim = make_person(trust, "Kim Shah")
    client = browser(app, make_person(trust, roles=[Role.HR]))
    placement = list_posts(kim)[0]
    answer = post(client, f"/people/{kim.id}/placements/{placement.id}/end", day_boxes("ends_on", 30))
    assert answer.status_code == 303
    last = list_posts(kim)[0].term.ends_on
    assert last == clock.today() + timedelta(days=30)


@pytest.mark.parametrize(
    ("name", "searched", "initialled"),
    [
        ("Ngozi O'Neill-Ángel", "o'neill-ángel", "Ngozi O."),
        ("Łukasz Żak", "łukasz", "Łukasz Ż."),
        ("Cher", "cher", "Cher"),
        ("李小龍", "小龍", "李小龍"),
    ],
)
def test_any_name_is_added_found_and_given_a_slip_by_page_and_by_command(
    app: Flask, name: str, searched: str, initialled: str
) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, "Helen Osei", roles=[Role.HR]))
    assert post(client, "/people/add", new_person(trust, name=name)).status_code == 303
    added = ["--organisation", trust.organisation.slug, "--payroll-number", "00418", "--name", name]
    assert CliRunner().invoke(main, ["person", "add", *added]).exit_code == 0
    for number in ("00417", "00418"):
        found = find_person_by_number(trust.organisation.id, number)
        assert found is not None
        assert found.name == name
        issued = CliRunner().invoke(main, ["slip", "issue", f"{trust.organisation.slug}/{number}"])
        assert f"for {initialled}, until" in issued.stdout
    page = client.get("/people", query_string={"search": searched}).text
    assert name in html.unescape(page)
    listed = CliRunner().invoke(
        main, ["person", "list", "--organisation", trust.organisation.slug, "--search", searched]
    )
    assert listed.stdout.count(name) == 2
