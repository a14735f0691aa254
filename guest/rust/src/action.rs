//! What a node implements.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Context, Description, Failure};

/// A node's work.
///
/// Implement this, then name the type in [`export!`](crate::export!). For a
/// node that waits for several things at once there is [`AsyncAction`].
///
/// ```
/// use hospes_guest::{Action, Context, Failure};
///
/// struct Double;
///
/// impl Action for Double {
///     type Payload = i64;
///     type Params = ();
///     type Output = i64;
///
///     fn execute(payload: i64, _: Context<()>) -> Result<i64, Failure> {
///         payload.checked_mul(2).ok_or_else(|| Failure::invalid_payload("too large to double"))
///     }
/// }
/// ```
pub trait Action {
    /// What the node works on. `()` accepts and ignores anything.
    ///
    /// A payload that does not deserialise never reaches the node: the caller
    /// gets a failure of kind [`InvalidPayload`](crate::FailureKind::InvalidPayload)
    /// that says where and what was expected. It contains neither the value,
    /// which may be personal, nor the message of a handwritten `Deserialize`. If
    /// you want to say more, take a wider type, check it yourself, and return
    /// your own [`Failure`].
    type Payload: DeserializeOwned + 'static;

    /// The environment's params for this node. `()` accepts and ignores any.
    ///
    /// Params that do not deserialise become a failure of kind
    /// [`InvalidParams`](crate::FailureKind::InvalidParams).
    type Params: DeserializeOwned + 'static;

    /// The result of the node.
    type Output: Serialize;

    /// Describes the node and what it asks of the host. Called once, when the
    /// node is loaded. Empty by default.
    fn describe() -> Description {
        Description::default()
    }

    /// Does the work once.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the kind that tells the caller what to do about it.
    fn execute(
        payload: Self::Payload,
        context: Context<Self::Params>,
    ) -> Result<Self::Output, Failure>;
}

/// The work of a node that waits for several things at once.
///
/// Like [`Action`], but `execute` is an `async fn` and may await
/// [`Request::send_async`](crate::http::Request::send_async). Exported by
/// `hospes_guest::export!(async Both);`.
///
/// [`future`](crate::future) has what waits for several futures.
/// A node that only sends requests concurrently needs no `async`: see
/// [`http::send_all`](crate::http::send_all).
///
/// ```
/// use hospes_guest::{AsyncAction, Context, Failure, future::join, http::Request};
///
/// struct Both;
///
/// impl AsyncAction for Both {
///     type Payload = (String, String);
///     type Params = ();
///     type Output = (u16, u16);
///
///     async fn execute(urls: (String, String), _: Context<()>) -> Result<(u16, u16), Failure> {
///         let (one, two) =
///             join(Request::get(urls.0).send_async(), Request::get(urls.1).send_async()).await;
///         Ok((one?.status, two?.status))
///     }
/// }
/// ```
pub trait AsyncAction {
    /// As [`Action::Payload`].
    type Payload: DeserializeOwned + 'static;

    /// As [`Action::Params`].
    type Params: DeserializeOwned + 'static;

    /// As [`Action::Output`].
    type Output: Serialize;

    /// As [`Action::describe`].
    fn describe() -> Description {
        Description::default()
    }

    /// As [`Action::execute`]. Write it as `async fn execute`.
    fn execute(
        payload: Self::Payload,
        context: Context<Self::Params>,
    ) -> impl Future<Output = Result<Self::Output, Failure>>;
}
