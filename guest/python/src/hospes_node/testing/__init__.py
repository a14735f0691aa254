"""A scripted host: tests a node natively, without WebAssembly.

    def test_a_contact_is_made():
        host = Host(params={"crm_url": "https://crm.example"}, secrets=["crm_key"])
        host.answer("POST", "https://crm.example/contacts", status=201, body={"created": 1})

        assert host.run(contact, {"user": "u-1"}) == {"created": 1}
        assert host.requests[0].json() == {"id": "u-1"}

Payload, params and result pass through JSON, as in the component. The scripted host enforces no
policy, limits or deadlines: it returns what the script says.
"""

from .golden import check_case
from .host import Fault, Host, Record

__all__ = ["Fault", "Host", "Record", "check_case"]
