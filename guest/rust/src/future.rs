//! Waiting for several things at once, in an [`AsyncAction`](crate::AsyncAction).
//!
//! ```
//! use hospes_guest::future::join_all;
//! use hospes_guest::http::Request;
//! use hospes_guest::{AsyncAction, Context, Failure};
//!
//! struct Statuses;
//!
//! impl AsyncAction for Statuses {
//!     type Payload = Vec<String>;
//!     type Params = ();
//!     type Output = Vec<Option<u16>>;
//!
//!     async fn execute(urls: Vec<String>, _: Context<()>) -> Result<Vec<Option<u16>>, Failure> {
//!         let answers = join_all(urls.into_iter().map(|url| Request::get(url).send_async())).await;
//!         Ok(answers.into_iter().map(|answer| answer.ok().map(|answer| answer.status)).collect())
//!     }
//! }
//!
//! # use hospes_guest::{http::Response, testing::Host};
//! # use serde_json::json;
//! let host = Host::new().answer("GET", "https://a.example/", Response::new(204));
//! let statuses = host.run_async::<Statuses>(["https://a.example/", "https://b.example/"]);
//!
//! assert_eq!(statuses, Ok(json!([204, null])));
//! assert_eq!(host.most_at_once(), 2);
//! ```
//!
//! `join` and its like wait for all. `try_join` and its like end with the first
//! error, and drop what still runs: whether a request that was dropped arrived is
//! unknown, so don't use them for requests that change something.
//!
//! All of them are those of the crate `futures-util`. What else works with any
//! executor works here.

pub use futures_util::future::{
    join, join_all, join3, join4, try_join, try_join_all, try_join3, try_join4,
};
