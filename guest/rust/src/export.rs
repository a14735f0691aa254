//! The macro that makes a component of an action.

/// Makes a component of an [`Action`](crate::Action), or with `async` of an
/// [`AsyncAction`](crate::AsyncAction).
///
/// Used once, in the binary: in `src/main.rs`, or in a file under `src/bin/`
/// or `examples/` that is a node all by itself. The binary's `main` stays
/// empty. On targets other than WebAssembly the macro exports nothing, so a
/// node is an ordinary member of a workspace.
///
/// ```
/// use hospes_guest::{Action, Context, Failure};
///
/// struct Nothing;
///
/// impl Action for Nothing {
///     type Payload = ();
///     type Params = ();
///     type Output = ();
///
///     fn execute(_: (), _: Context<()>) -> Result<(), Failure> {
///         Ok(())
///     }
/// }
///
/// hospes_guest::export!(Nothing);
///
/// fn main() {}
/// ```
#[macro_export]
macro_rules! export {
    (async $action:ty) => {
        const _: () = {
            const fn is_async_action<A: $crate::AsyncAction>() {}
            is_async_action::<$action>();

            #[cfg(target_family = "wasm")]
            const _: () = {
                use $crate::__private::{node_async, shared};

                type HospesExport = $crate::__private::AsyncNode<$action>;
        shared::export_shared!(HospesExport with_types_in shared);
        node_async::export_node_async!(HospesExport with_types_in node_async);
            };
        };
    };
    ($action:ty) => {
        const _: () = {
            const fn is_action<A: $crate::Action>() {}
            is_action::<$action>();

            #[cfg(target_family = "wasm")]
            const _: () = {
                use $crate::__private::{node, shared};

                type HospesExport = $crate::__private::Node<$action>;
        shared::export_shared!(HospesExport with_types_in shared);
        node::export_node!(HospesExport with_types_in node);
            };
        };
    };
}
