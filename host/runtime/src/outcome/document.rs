//! The outcome document: the JSON that the command line and servers return.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::json::Json;
use crate::limits::millis;
use crate::outcome::{Answer, Failure, Fault, LogRecord, Outcome};

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.answer {
            Ok(Answer::Success(result)) => {
                map.serialize_entry("route", "success")?;
                map.serialize_entry("result", result)?;
            }
            Ok(Answer::Failure(failure)) => {
                map.serialize_entry("route", "failure")?;
                map.serialize_entry("failure", &FailureDocument::of_node(failure))?;
            }
            Err(fault) => {
                map.serialize_entry("route", "failure")?;
                map.serialize_entry("failure", &FailureDocument::of_host(fault))?;
            }
        }
        map.serialize_entry("node", &*self.node)?;
        map.serialize_entry("revision", &*self.revision)?;
        map.serialize_entry("execution_id", &*self.execution_id)?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("usage", &self.usage)?;
        map.serialize_entry("logs", &self.logs)?;
        map.end()
    }
}

#[derive(Serialize)]
struct FailureDocument<'a> {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Json>,
    source: &'static str,
}

impl<'a> FailureDocument<'a> {
    fn of_node(failure: &'a Failure) -> FailureDocument<'a> {
        FailureDocument {
            kind: failure.kind.as_str(),
            message: failure.message.clone(),
            retry_after_ms: failure.retry_after.map(millis),
            details: failure.details.as_ref(),
            source: "node",
        }
    }

    fn of_host(fault: &Fault) -> FailureDocument<'a> {
        FailureDocument {
            kind: fault.kind(),
            message: fault.to_string(),
            retry_after_ms: fault.retry_after().map(millis),
            details: None,
            source: "host",
        }
    }
}

impl Serialize for LogRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Fields<'a>(&'a [(String, String)]);
        impl Serialize for Fields<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
            }
        }
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("level", &self.level)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("fields", &Fields(&self.fields))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::outcome::{FailureKind, Level, RevisionId, Usage};

    fn outcome(answer: Result<Answer, Fault>) -> Outcome {
        Outcome {
            answer,
            node: "braze-track".into(),
            revision: Arc::new(RevisionId::new("sha256:00", 3, "0.1.0")),
            execution_id: "e-1".into(),
            attempts: 1,
            usage: Usage::default(),
            logs: vec![LogRecord {
                level: Level::Info,
                message: "sent".to_owned(),
                fields: vec![("objects".to_owned(), "2".to_owned())],
            }],
            held_up: Duration::ZERO,
        }
    }

    #[test]
    fn the_outcome_document_has_the_documented_shape() {
        let rest = concat!(
            r#""node":"braze-track","revision":{"digest":"sha256:00","generation":3,"version":"0.1.0"},"#,
            r#""execution_id":"e-1","attempts":1,"usage":{"wall_us":0,"cpu_us":0,"memory_peak_bytes":0,"#,
            r#""http_requests":0,"http_bytes_in":0,"http_bytes_out":0},"#,
            r#""logs":[{"level":"info","message":"sent","fields":{"objects":"2"}}]}"#,
        );
        let success = Answer::Success(Json::parse(r#"{"n": 1}"#).unwrap());
        let failure = Answer::Failure(Failure {
            kind: FailureKind::RateLimited,
            message: "slow down".to_owned(),
            retry_after: Some(Duration::from_secs(2)),
            details: Some(Json::parse("{}").unwrap()),
        });
        let cases = [
            (Ok(success), r#"{"route":"success","result":{"n": 1},"#),
            (
                Ok(failure),
                r#"{"route":"failure","failure":{"kind":"rate-limited","message":"slow down","retry_after_ms":2000,"details":{},"source":"node"},"#,
            ),
            (
                Err(Fault::Deadline {
                    limit: Duration::from_secs(10),
                }),
                r#"{"route":"failure","failure":{"kind":"deadline","message":"the execution did not end within 10s (limit `deadline`)","source":"host"},"#,
            ),
        ];
        for (answer, start) in cases {
            let document = serde_json::to_string(&outcome(answer)).unwrap();
            assert_eq!(document, format!("{start}{rest}"));
        }
    }
}
