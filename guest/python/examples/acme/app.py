NAME = "acme"

PARAMS = {
    "sandbox": {
        "braze_url": "https://rest.iad-01.braze.com",
        "braze_api_key": "this text never enters the component",
        "braze_user_track": "users/track",
    },
    "prod": {
        "braze_url": "https://rest.fra-02.braze.eu",
        "braze_api_key": "nor does this one",
        "braze_user_track": "users/track",
    },
}
