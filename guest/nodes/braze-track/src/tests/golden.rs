//! The cases that a Braze node in any language has to pass.

use std::fs;

use hospes_guest::testing::{Host, check_case};
use serde_json::json;

use crate::BrazeTrack;

#[test]
fn every_golden_case_holds_natively() {
    let mut cases = 0;
    for file in fs::read_dir("golden").unwrap() {
        let file = file.unwrap().path();
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let host = Host::new()
                .params(json!({"braze_url": "https://rest.iad-01.braze.com"}))
                .secret("braze_api_key");
            check_case::<BrazeTrack>(&file, host).unwrap();
            cases += 1;
        }
    }
    assert!(cases > 100, "{cases}");
}
