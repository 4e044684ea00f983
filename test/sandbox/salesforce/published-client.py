"""What the published client `simple-salesforce` documents, against the sandbox whose description it is given."""

import base64
import json
import sys
from datetime import datetime, timedelta, timezone

import requests
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)
from simple_salesforce.login import SalesforceAuthenticationFailed, token_login


def log_in(told):
    """The client knows vendor hosts only: its own token request is sent to the sandbox."""
    client = told["client"]
    pair = f"{client['clientId']}:{client['clientSecret']}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    url = told["url"] + "/services/oauth2/token"
    data = {"grant_type": "client_credentials"}
    try:
        wrong = {"Authorization": "Basic " + base64.b64encode(b"no:no").decode()}
        token_login(url, data, "sandbox", client["clientId"], wrong, None)
        raise AssertionError("a wrong client is let in")
    except SalesforceAuthenticationFailed:
        pass
    return token_login(url, data, "sandbox", client["clientId"], headers, None)


class PlainSession(requests.Session):
    """The client writes https before every host; the sandbox speaks plain http."""

    def request(self, method, url, **kwargs):
        return super().request(method, url.replace("https://", "http://", 1), **kwargs)


def open_client(told, session_id, version="68.0"):
    session = PlainSession()
    return Salesforce(instance_url=told["url"], session_id=session_id, version=version, session=session)


def record_requests(sf):
    made = sf.Contact.create({"LastName": "Smith", "Email": "example@example.com"})
    assert made["success"] is True and made["errors"] == [] and len(made["id"]) == 18
    contact = sf.Contact.get(made["id"])
    assert contact["LastName"] == "Smith" and contact["attributes"]["type"] == "Contact"
    assert sf.Contact.update(made["id"], {"LastName": "Jones", "FirstName": "John"}) == 204
    assert sf.Contact.get(made["id"][:15])["Name"] == "John Jones"
    assert sf.Contact.delete(made["id"]) == 204
    for call in (lambda: sf.Contact.get(made["id"]), lambda: sf.Contact.delete(made["id"])):
        try:
            call()
            raise AssertionError("it is still there")
        except SalesforceResourceNotFound:
            pass
    assert sf.Contact.upsert("ZenaId__c/11999", {"LastName": "Smith"}) == 201
    assert sf.Contact.upsert("ZenaId__c/11999", {"LastName": "Smyth"}) in (200, 204)
    assert sf.Contact.get_by_custom_id("ZenaId__c", "11999")["LastName"] == "Smyth"
    end = datetime.now(timezone.utc) + timedelta(minutes=2)
    assert len(sf.Contact.updated(end - timedelta(days=5), end)["ids"]) == 1
    assert len(sf.Contact.deleted(end - timedelta(days=5), end)["deletedRecords"]) == 1
    assert sf.Contact.metadata()["objectDescribe"]["name"] == "Contact"
    assert {f["name"] for f in sf.Contact.describe()["fields"]} > {"Id", "LastName", "ZenaId__c"}
    assert len(sf.describe()["sobjects"]) > 5
    try:
        sf.Contact.create({"LastName": "x", "Nope__c": 1})
        raise AssertionError("takes what it doesn't know")
    except SalesforceMalformedRequest as error:
        assert error.content[0]["errorCode"] == "INVALID_FIELD"


def query_requests(sf):
    name = "O'Neil %_ \\ \"x\""
    sf.Contact.create({"LastName": name})
    found = sf.query(format_soql("SELECT Id, LastName FROM Contact WHERE LastName = {}", name))
    assert found["totalSize"] == 1 and found["records"][0]["LastName"] == name
    like = format_soql("SELECT Id FROM Contact WHERE LastName LIKE '{:like}%'", "O'Neil %_")
    assert sf.query(like)["totalSize"] == 1
    assert sf.query_all("SELECT Id, Email FROM Contact WHERE LastName IN ('Smyth')")["done"] is True
    assert len(list(sf.query_all_iter("SELECT Id FROM Contact", include_deleted=True))) == 3
    assert sf.query("SELECT COUNT() FROM Contact")["totalSize"] == 2
    assert len(sf.search("FIND {Smyth} RETURNING Contact(Id, LastName)")["searchRecords"]) == 1
    assert len(sf.quick_search("Smyth")["searchRecords"]) == 1
    try:
        sf.query("SELECT Id FORM Contact")
        raise AssertionError("reads what can't be read")
    except SalesforceMalformedRequest as error:
        assert error.content[0]["errorCode"] == "MALFORMED_QUERY"


def bulk_requests(sf):
    people = [{"ZenaId__c": f"b{n}", "LastName": f"P {n}", "Email": f"p{n}@example.com"} for n in range(250)]
    results = sf.bulk2.Contact.upsert(records=people, external_id_field="ZenaId__c")
    assert results[0]["numberRecordsTotal"] == 250 and results[0]["numberRecordsFailed"] == 0
    people[0]["Email"] = "none"
    results = sf.bulk2.Contact.upsert(records=people, external_id_field="ZenaId__c")
    assert results[0]["numberRecordsFailed"] == 1
    failed = sf.bulk2.Contact.get_failed_records(results[0]["job_id"])
    assert "INVALID_EMAIL_ADDRESS" in failed
    pages = list(sf.bulk2.Contact.query("SELECT Id FROM Contact WHERE ZenaId__c LIKE 'b%'", max_records=100))
    assert len(pages) == 3
    ids = [line.strip('"') for page in pages for line in page.split()[1:]]
    assert len(ids) == 250
    results = sf.bulk2.Contact.delete(records=[{"Id": each} for each in ids])
    assert results[0]["numberRecordsProcessed"] == 250


def main(told):
    session_id, instance = log_in(told)
    assert told["url"].endswith(instance)
    sf = open_client(told, session_id)
    record_requests(sf)
    query_requests(sf)
    assert sf.limits()["DailyApiRequests"]["Max"] == 15000
    assert sf.api_usage["api-usage"].total == 15000
    bulk_requests(sf)
    try:
        open_client(told, "wrong").query("SELECT Id FROM Contact")
        raise AssertionError("a wrong session is let in")
    except SalesforceExpiredSession:
        pass


main(json.loads(sys.argv[1]))
