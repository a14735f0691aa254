"""Tells Braze who has come."""

import requests

from .. import app


class Welcome:
    def execute(self, log, payload=None, context=None):
        try:
            params = app.PARAMS[context["env"]]
            response = requests.post(
                "{}/{}".format(params["braze_url"], params["braze_user_track"]),
                json={"attributes": [payload], "partner": "acme"},
                headers={"Authorization": "Bearer " + params["braze_api_key"]},
                timeout=5,
            )
            log(f"Braze answered {response.status_code}")
            if response.status_code != 201:
                return {"success": "error"}
            return {"success": "true"}
        except Exception as error:
            log(f"Welcome failed: {error}")
        return {"success": "error"}
