//! A request body that a node writes in pieces.

use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, WasiBody};

use hospes_egress::{BodyError, Room};

/// Collects a body up to its limit, into room that is taken beforehand. The
/// gate limits the time.
pub(super) async fn collect(
    mut body: WasiBody,
    stated: Option<u64>,
    limit: u64,
    room: Room,
) -> Result<Option<Vec<u8>>, BodyError> {
    if stated.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLong(limit));
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match error {
            Error::HttpRequestBodySize(_) => BodyError::Length,
            _ => BodyError::GivenUp,
        })?;
        match frame.into_data() {
            Ok(data) if (bytes.len() + data.len()) as u64 > limit => {
                return Err(BodyError::TooLong(limit));
            }
            Ok(data) if !room.take(data.len() as u64) => return Err(BodyError::NoRoom),
            Ok(data) => bytes.extend_from_slice(&data),
            Err(frame) => {
                if frame.trailers_ref().is_some_and(|names| !names.is_empty()) {
                    return Err(BodyError::Trailers);
                }
            }
        }
    }
    if stated.is_some_and(|length| length != bytes.len() as u64) {
        return Err(BodyError::Length);
    }
    Ok((!bytes.is_empty()).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use ::http::HeaderMap;
    use bytes::Bytes;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    /// The body collected from these frames, with a limit of 4 bytes.
    async fn collected(
        frames: Vec<Result<Frame<Bytes>, Error>>,
        stated: Option<u64>,
    ) -> Result<Option<Vec<u8>>, BodyError> {
        let frames = futures_util::stream::iter(frames);
        let body = StreamBody::new(frames).boxed_unsync();
        collect(body, stated, 4, Room::default()).await
    }

    fn data(bytes: &'static str) -> Result<Frame<Bytes>, Error> {
        Ok(Frame::data(Bytes::from_static(bytes.as_bytes())))
    }

    #[tokio::test]
    async fn a_body_is_whole_within_its_limit_and_of_the_stated_length() {
        let whole = || vec![data("ab"), data(""), data("cd")];
        assert_eq!(collected(whole(), None).await, Ok(Some("abcd".into())));
        assert_eq!(collected(whole(), Some(4)).await, Ok(Some("abcd".into())));
        assert_eq!(collected(vec![data("")], None).await, Ok(None));
        let cases = [
            (vec![data("abcd"), data("e")], None, BodyError::TooLong(4)),
            (vec![data("a")], Some(5), BodyError::TooLong(4)),
            (vec![data("a")], Some(2), BodyError::Length),
            (vec![data("ab")], Some(1), BodyError::Length),
        ];
        for (frames, stated, error) in cases {
            assert_eq!(collected(frames, stated).await, Err(error));
        }
    }

    #[tokio::test]
    async fn what_does_not_end_as_it_should_is_nothing() {
        let broken = |error| vec![data("a"), Err(error)];
        let size = Error::HttpRequestBodySize(Some(1));
        assert_eq!(collected(broken(size), None).await, Err(BodyError::Length));
        let gone = Error::HttpProtocolError;
        assert_eq!(collected(broken(gone), None).await, Err(BodyError::GivenUp));
        let trailers = |map| vec![data("a"), Ok(Frame::trailers(map))];
        let map = HeaderMap::from_iter([("x-a".parse().unwrap(), "1".parse().unwrap())]);
        let refused = Err(BodyError::Trailers);
        assert_eq!(collected(trailers(map), None).await, refused);
        let none = trailers(HeaderMap::new());
        assert_eq!(collected(none, None).await, Ok(Some("a".into())));
    }
}
