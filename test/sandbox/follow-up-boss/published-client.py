"""The people and deal requests of the published client `follow-up-boss`, against the sandbox at the address that it is given."""

import contextlib
import io
import sys

from follow_up_boss import FollowUpBossApiClient
from follow_up_boss.client import FollowUpBossApiException
from follow_up_boss.deal_custom_fields import DealCustomFields
from follow_up_boss.deals import Deals
from follow_up_boss.notes import Notes
from follow_up_boss.people import People
from follow_up_boss.pipelines import Pipelines
from follow_up_boss.stages import Stages
from follow_up_boss.users import Users


def status_of(call):
    try:
        call()
    except FollowUpBossApiException as error:
        return error.status_code
    return 200


def people_requests(client):
    people = People(client)
    assert people.list_people({"limit": 5})["_metadata"]["collection"] == "people"
    person = people.create_person(
        {
            "firstName": "Ann",
            "lastName": "Lee",
            "emails": [{"value": "ann@example.com", "type": "work"}],
            "phones": [{"value": "555-123-4567", "type": "mobile"}],
        }
    )
    assert isinstance(person["id"], int)
    assert people.retrieve_person(person["id"])["name"] == "Ann Lee"
    assert people.update_person(person["id"], {"lastName": "Low"})["lastName"] == "Low"
    assert people.check_duplicate({"email": "ann@example.com"})["matchedBy"] == "email"
    assert people.check_duplicate({"phone": "555-123-4567"})["matchedBy"] == "phone"
    assert people.find_person_id(email="ann@example.com") == person["id"]
    people.add_tags(person["id"], ["Zillow: Note Logged"])
    tagged = people.add_tags(person["id"], ["Two"])
    assert tagged["tags"] == ["Zillow: Note Logged", "Two"]
    only = people.add_tags(person["id"], ["Only These"], merge=False)
    assert only["tags"] == ["Only These"]
    people.assign_to_user(person["id"], Users(client).list_users()["users"][0]["id"])
    assert people.get_person_created_at(person["id"]) is not None

    for count in range(12):
        people.create_person({"firstName": f"P{count}"})
    assert len(list(people.iter_people({"limit": 5}))) == 13
    page = people.list_people({"limit": 5})
    seen = len(page["people"])
    while page["_metadata"].get("nextLink"):
        page = people.list_people_next(page["_metadata"]["nextLink"])
        seen += len(page["people"])
    assert seen == 13
    return person["id"]


def deal_requests(client, person_id):
    deals = Deals(client)
    pipelines = Pipelines(client)
    pipeline = pipelines.list_pipelines()["pipelines"][0]
    stage = pipelines.retrieve_pipeline(pipeline["id"])["stages"][0]["id"]
    deal = deals.create_deal(
        name="123 Main Street",
        stage_id=stage,
        price=450000,
        commissionValue=13500.0,
        agentCommission=9450.0,
        teamCommission=4050.0,
        peopleIds=[person_id],
    )
    assert deal["commissionValue"] == 13500 and deal["has_commission"] and deal["total_people"] == 1
    assert deals.retrieve_deal(deal["id"], normalize_fields=True)["name"] == "123 Main Street"
    assert deals.update_deal(deal["id"], {"name": "New", "price": 150000.0})["price"] == 150000
    told = deals.set_deal_commission(deal["id"], {"total": 15000.0})
    assert told["commissionValue"] == 15000
    assert deals.list_deals()["_metadata"]["total"] == 1
    assert deals.delete_deal(deal["id"]) in ("", [], {})
    assert deals.retrieve_deal(deal["id"])["status"] == "Deleted"
    assert status_of(lambda: deals.create_deal(name="x", stage_id=99)) == 400
    Stages(client).list_stages()
    DealCustomFields(client).list_deal_custom_fields()


def note_requests(client, person_id):
    notes = Notes(client)
    note = notes.create_note(person_id=person_id, subject="Call", body="Called")
    notes.update_note(note["id"], body="Called twice")
    assert len(notes.list_notes({"personId": person_id})["notes"]) == 1
    notes.delete_note(note["id"])


def main(base_url, key):
    client = FollowUpBossApiClient(api_key=key, base_url=base_url)
    person_id = people_requests(client)
    deal_requests(client, person_id)
    note_requests(client, person_id)
    People(client).delete_person(person_id)
    assert status_of(lambda: People(client).retrieve_person(person_id)) == 404
    assert client.get_last_rate_limit()["limit"] == 125
    stranger = FollowUpBossApiClient(api_key="wrong", base_url=base_url)
    assert status_of(lambda: stranger._get("identity")) == 401


# It prints each request.
with contextlib.redirect_stdout(io.StringIO()):
    main(*sys.argv[1:])
