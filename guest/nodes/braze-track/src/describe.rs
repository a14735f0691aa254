//! What the node says about itself.

use hospes_guest::Description;

use crate::deliver::KEY;

pub(crate) fn description() -> Description {
    Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
        .summary("Sends user attributes, events and purchases to Braze.")
        .egress("POST", "{braze_url}/users/track")
        .required_param("braze_url", "Base URL of the workspace's REST endpoint.")
        .optional_param(
            "braze_user_track",
            "Path of the endpoint. Defaults to users/track.",
        )
        .optional_param(
            "partner",
            "Named to Braze unless the payload does. Defaults to pypestream.",
        )
        .optional_param(
            "max_objects",
            "Most objects in one request, 1 to 75. Defaults to 75.",
        )
        .optional_param(
            "max_bytes",
            "Most bytes of one request. Defaults to 4000000.",
        )
        .optional_param(
            "on_invalid",
            "refuse-all sends nothing of a payload with invalid objects, send-valid sends the \
             others. Defaults to refuse-all.",
        )
        .required_secret(KEY, "REST API key with the permission users.track.")
        .payload_schema(include_str!("../schema/payload.json"))
        .result_schema(include_str!("../schema/result.json"))
        .params_schema(include_str!("../schema/params.json"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn schemas_are_json_and_name_the_params_that_are_described() {
        let description = description();
        let read = |schema: &Option<String>| {
            serde_json::from_str::<Value>(schema.as_deref().unwrap()).unwrap()
        };
        assert_eq!(read(&description.payload_schema)["type"], "object");
        assert_eq!(read(&description.result_schema)["type"], "object");
        let params = read(&description.params_schema);
        let mut described: Vec<_> = description
            .params
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        described.sort_unstable();
        let mut in_schema: Vec<_> = params["properties"].as_object().unwrap().keys().collect();
        in_schema.sort_unstable();
        assert_eq!(described, in_schema);
    }
}
